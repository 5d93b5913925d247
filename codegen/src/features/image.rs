//! The block `image`.

use impulse_ir::features::image::ImageTables;
use impulse_runtime::features::image::Channels;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::Emit;
use crate::c::text::record;

impl Emit for ImageTables {
    fn c_header(&self) -> &'static str {
        "impulse_image.h"
    }

    fn c_tables(&self, name: &str) -> String {
        let to_grey = self.channels == Channels::Grey;
        let fields = [
            ("n_pixels", self.n_pixels.to_string()),
            ("n_channels", self.n_channels.to_string()),
            ("to_grey", to_grey.to_string()),
        ];
        record("impulse_image", name, &fields)
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        format!("impulse_image_frame(&{name}, {frame}, {scratch})")
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let size = Literal::usize_unsuffixed;
        let (n_pixels, n_channels) = (size(self.n_pixels), size(self.n_channels));
        let channels = match self.channels {
            Channels::Same => format_ident!("Same"),
            Channels::Grey => format_ident!("Grey"),
        };
        quote! {
            const #name: #runtime::features::Image = #runtime::features::Image {
                n_pixels: #n_pixels,
                n_channels: #n_channels,
                channels: #runtime::features::image::Channels::#channels,
            };
        }
    }
}
