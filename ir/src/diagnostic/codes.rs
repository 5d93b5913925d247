//! Every diagnostic code with its explanation: one row each, in order.
//!
//! Ranges: E01xx syntax · E02xx keys, values, units · E03xx features · E04xx network and shapes ·
//! E05xx budgets and boards · E06xx data · E07xx model files · E08xx training · E09xx files,
//! tools, environment.

/// A stable diagnostic code, such as `E0201`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u16);

impl core::fmt::Display for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "E{:04}", self.0)
    }
}

impl core::str::FromStr for Code {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix(['E', 'e']).ok_or(())?;
        digits.parse().map(Code).map_err(|_| ())
    }
}

/// What `impulse explain` prints of a code.
pub struct Explanation {
    /// The code.
    pub code: Code,
    /// One line.
    pub title: &'static str,
    /// Why it is an error, an example, and how to mend it.
    pub text: &'static str,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $number:literal, $title:literal, $text:literal;)*) => {
        $(#[doc = $title] pub const $name: Code = Code($number);)*
        /// Every code, in order of its number.
        pub const ALL: &[Explanation] = &[
            $(Explanation { code: $name, title: $title, text: $text },)*
        ];
    };
}

codes! {
    SYNTAX = 101, "the text is not a spec",
        "The parser met something that no rule of the language allows here. The message names what it expected.";
    UNKNOWN_KEY = 201, "unknown key",
        "A block has a key that the language does not know. The nearest known key is suggested.";
    FILE_NOT_FOUND = 901, "no such file or folder",
        "A path given on the command line or in the spec names nothing. Paths in a spec are relative to the folder of the spec, paths on the command line to the current folder.";
    FILE_READ = 902, "a file cannot be read",
        "The file exists, but the operating system refused to read it, or a text file is not UTF-8. The message gives the reason.";
    FILE_WRITE = 903, "a file cannot be written",
        "The folder is read-only, the disk is full, or another program holds the file. Outputs are written to a new folder beside the old one and put in its place at the end, so what was built before is unchanged.";
    NO_SPEC = 904, "which spec is meant is not clear",
        "No spec was named, and the current folder holds none, or more than one. Name the file: `impulse build yes_no.impulse`.";
    SPEC_TOO_LARGE = 905, "the spec is too large",
        "A spec is a text of at most 256 KiB. A much larger file is more likely a recording or a model that was named by mistake.";
    NOT_BUILT = 906, "there is no current model",
        "`impulse test` and `impulse run` use the model that `impulse build` made beside the spec. It is missing, or the spec has changed since in a part that the model depends on. Build again.";
    UNKNOWN_CODE = 907, "unknown diagnostic code",
        "Codes are an E and four digits. `impulse explain` without a code lists all of them.";
    NOT_FORMATTED = 908, "the spec is not formatted",
        "`impulse fmt --check` changes nothing and fails where formatting would change a file. Run `impulse fmt` on it.";
    TOOL_MISSING = 910, "a tool that verification needs is missing",
        "`--verify` compiles the emitted code with arm-none-eabi-gcc (or rustc for the target thumbv7em-none-eabihf) and runs it in qemu-system-arm. The message names the package that brings the missing tool. The rest of the build is complete without it.";
    TOOL_FAILED = 911, "a tool failed",
        "A compiler or the emulator ended with an error or did not end in time. The message holds the end of its output. Emitted code that does not compile is a fault of this program, not of the spec.";
    VERIFY_MISMATCH = 912, "the emulated device and the host disagree",
        "The same recorded window gave different features or scores in the emulator and on the host. They must agree in every bit; a difference is a fault of this program or of the compiler, not of the spec. The message names the first window and value that differ.";
    PLAN_MISMATCH = 913, "predicted and measured memory disagree",
        "Static RAM read from the linked program is not what the plan predicted, or the stack went past the plan's bound. Trust the measured figure, and report the spec: the plan is meant to be exact.";
    STOPPED = 914, "stopped before there was anything to keep",
        "Ctrl-C during training keeps the weights there are and goes on with them. It came before the first epoch was complete, so there were none. What was built before is unchanged.";
}

/// The explanation of `code`, if the code exists.
pub fn explain(code: Code) -> Option<&'static Explanation> {
    ALL.iter().find(|e| e.code == code)
}
