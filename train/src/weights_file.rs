//! The file of float weights: `.safetensors`, which the tools of the machine-learning world open.
//!
//! The same weights give the same bytes: tensors stand in the order of their names, and the only
//! entry of the metadata says which version of this program trained them and for what.

use std::collections::HashMap;

use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::weights::{FloatTensor, Weights};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// Key of the metadata's entry.
const ORIGIN: &str = "impulse";

/// The bytes of a `.safetensors` file of `weights`; `hash` says what they were trained for.
///
/// # Errors
/// A tensor whose number of values is not that of its shape.
pub fn write(weights: &Weights, hash: &str) -> Result<Vec<u8>, Diagnostic> {
    let bytes: Vec<Vec<u8>> = weights
        .values()
        .map(|tensor| tensor.data.iter().flat_map(|v| v.to_le_bytes()).collect())
        .collect();
    let mut views = Vec::with_capacity(weights.len());
    for ((name, tensor), bytes) in weights.iter().zip(&bytes) {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes)
            .map_err(|e| problem(format!("weights '{name}' cannot be written: {e}")))?;
        views.push((name, view));
    }
    let origin = format!("{} {hash}", env!("CARGO_PKG_VERSION"));
    let metadata = HashMap::from([(ORIGIN.to_owned(), origin)]);
    safetensors::serialize(views, Some(metadata))
        .map_err(|e| problem(format!("the weights cannot be written: {e}")))
}

/// The weights in the bytes of a `.safetensors` file.
///
/// # Errors
/// Bytes that are not such a file; a tensor whose values are not 32-bit floats.
pub fn read(bytes: &[u8]) -> Result<Weights, Diagnostic> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| {
        problem(format!(
            "expected a safetensors file, found other bytes ({e})"
        ))
        .hint("delete the file and train again")
    })?;
    let mut weights = Weights::new();
    for (name, view) in file.iter() {
        if view.dtype() != Dtype::F32 {
            let found = view.dtype();
            return Err(problem(format!(
                "expected 32-bit floats in '{name}', found {found}"
            )));
        }
        let (values, _) = view.data().as_chunks::<4>();
        let data = values.iter().map(|v| f32::from_le_bytes(*v)).collect();
        weights.insert(
            name.to_owned(),
            FloatTensor {
                shape: view.shape().to_vec(),
                data,
            },
        );
    }
    Ok(weights)
}

fn problem(message: String) -> Diagnostic {
    Diagnostic::general(codes::WEIGHTS_FILE, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Weights {
        let tensor = |shape: &[usize], first: f32| FloatTensor {
            shape: shape.to_vec(),
            data: (0..shape.iter().product())
                .map(|i| first + i as f32 / 3.0)
                .collect(),
        };
        Weights::from([
            ("dense_1.weight".to_owned(), tensor(&[3, 5], -2.0)),
            ("dense_1.bias".to_owned(), tensor(&[3], f32::MIN_POSITIVE)),
            ("conv1d_1.weight".to_owned(), tensor(&[2, 3, 1, 4], 1e30)),
        ])
    }

    #[test]
    fn reads_what_it_wrote() -> Result<(), Diagnostic> {
        assert_eq!(read(&write(&some(), "0123")?)?, some());
        assert_eq!(read(&write(&Weights::new(), "")?)?, Weights::new());
        Ok(())
    }

    #[test]
    fn same_weights_same_bytes() -> Result<(), Diagnostic> {
        assert_eq!(write(&some(), "0123")?, write(&some(), "0123")?);
        assert_ne!(write(&some(), "0123")?, write(&some(), "0124")?);
        Ok(())
    }

    #[test]
    fn other_bytes_are_refused() -> Result<(), Diagnostic> {
        let bytes = write(&some(), "0123")?;
        for n in 0..bytes.len() {
            let cut = read(&bytes[..n]).map_err(|problem| problem.code);
            assert_eq!(
                cut,
                Err(codes::WEIGHTS_FILE),
                "{n} of {} bytes",
                bytes.len()
            );
        }
        let mut other_type = bytes.clone();
        let at = bytes.windows(3).position(|w| w == b"F32").unwrap_or(0);
        other_type[at..at + 3].copy_from_slice(b"I32");
        assert_eq!(
            read(&other_type).map_err(|problem| problem.code),
            Err(codes::WEIGHTS_FILE)
        );
        Ok(())
    }

    #[test]
    fn a_wrong_number_of_values_is_not_written() {
        let mut weights = some();
        weights.insert(
            "bad".into(),
            FloatTensor {
                shape: vec![2],
                data: vec![1.0],
            },
        );
        assert_eq!(
            write(&weights, "").map_err(|problem| problem.code),
            Err(codes::WEIGHTS_FILE)
        );
    }
}
