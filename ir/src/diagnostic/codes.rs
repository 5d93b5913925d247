//! Every diagnostic code with its explanation: one row each, in order.
//!
//! Ranges: E01xx syntax · E02xx keys, values, units · E03xx features · E04xx network and shapes ·
//! E05xx budgets and boards · E06xx data · E07xx model files · E08xx training · E09xx files,
//! tools, environment.

/// A stable diagnostic code, such as `E0201`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u16);

impl Code {
    /// Whether it is about files, tools or the environment (E09xx), not about a spec or what the
    /// spec names.
    pub fn is_environment(self) -> bool {
        self.0 / 100 == 9
    }
}

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
    TOO_LARGE = 102, "the spec is larger than any spec needs to be",
        "A spec has at most 256 KiB, blocks at most 32 deep, and at most 10,000 items and values. The limits keep every command quick on any text.";
    YAML = 103, "the text is not a spec in YAML",
        "The YAML spelling is keys with values: one document, no anchors, aliases or tags. A block's lines are indented alike with spaces; text with a colon, a `#` or quotes in it stands in quotes.";
    UNKNOWN_KEY = 201, "unknown key",
        "A block has a key that the language does not know. The nearest known key is suggested.";
    MISSING_KEY = 202, "a key is missing",
        "A block lacks a key that has no default. The reference lists the keys of each block.";
    DUPLICATE_KEY = 203, "a key is given twice",
        "Each key stands once in its block, whether beside the block's name or between its braces. Leave one of the two out. Only layers, feature blocks and targets repeat.";
    WRONG_VALUE = 204, "a value of another kind is expected",
        "Each key takes values of a kind: a number with its unit, a word, text in quotes, a pattern between slashes, a size such as 3x3. The message names what this key takes.";
    UNEXPECTED_VALUE = 205, "a value that no key takes",
        "There is a value more than the block or key takes, or one whose key must be named. Name the key in front of it, or leave it out.";
    MISSING_VALUE = 206, "a key without a value",
        "The key stands alone, but expects a value behind it.";
    WRONG_UNIT = 207, "the unit does not fit the key",
        "A quantity carries its unit: 16 kHz, 32 ms, 25%, 10 dB, 32 KiB. A time takes s, ms or us, a frequency Hz or kHz, a size of memory B, kB, KiB or MiB. Plain counts take none.";
    UNKNOWN_UNIT = 208, "unknown unit",
        "The word behind a number is no unit of the language. Units are written as in physics, with their case: kHz, ms, dB, KiB.";
    OUT_OF_RANGE = 209, "a number is out of range",
        "The message names the range that the key takes, in its unit.";
    NAME = 210, "the name of the impulse cannot be used",
        "The name becomes a part of file names, C functions and Rust types: lower-case letters, digits and `_`, beginning with a letter, at most 48 characters.";
    LABELS = 211, "the labels do not work",
        "A network tells at least two and at most 256 labels apart, each of another name, of at most 64 characters without control characters.";
    UNKNOWN_LABEL = 212, "unknown label",
        "A block names a label that `data` does not list.";
    CONFLICT = 213, "two keys exclude each other",
        "Only one of the keys can hold: one optimizer, one way to group the clips, layers or a network from a file.";
    WINDOW = 214, "the window does not work",
        "The window has from 1 to 16,777,216 samples, and a stride of at least one sample.";
    SPLIT_SHARES = 215, "nothing is left to train on",
        "The shares for validation and test must leave clips to train on: together less than 100%.";
    CLASS_WEIGHTS = 216, "the class weights do not fit the labels",
        "`class_weights` is `equal`, `balanced`, or one number per label in the order of the labels, at least one of them above 0.";
    FRAME = 301, "the frames do not fit the window",
        "A feature block cuts the window into frames: a frame is at least 2 samples and at most the whole window, and frames start at least one sample apart. Audio has one value per sample.";
    FFT = 302, "the FFT has an impossible length",
        "The FFT is a power of two from 16 to 4096 points and at least as long as a frame in samples: 32 ms at 16 kHz are 512 samples.";
    FILTERS = 303, "the mel filters do not fit the FFT",
        "Each mel filter needs at least one bin of the FFT. The lowest filters are the narrowest: fewer filters, a longer FFT or a higher lower edge give each a bin.";
    COEFFICIENTS = 304, "the number of coefficients is out of range",
        "A block of so many filters has as many cepstral coefficients at most, and at least one is needed.";
    BAND = 305, "the band of frequencies is impossible",
        "The filters lie between a lower and an upper edge; the upper edge is at most half the sampling rate, where the spectrum ends.";
    PRE_EMPHASIS = 306, "the pre-emphasis is out of range",
        "Pre-emphasis subtracts a share of the sample before from each sample; the share lies between 0 and 1, usually 0.97.";
    STRIDE = 307, "results come more often than frames",
        "A result needs a new frame, so the stride of the window is at least the distance between two frames.";
    COMPAT = 308, "the block has no such setting in Edge Impulse's way",
        "`compat edge_impulse` makes an audio block give the numbers of Edge Impulse's block of the same name: on whole windows, without a window function, dropping the samples of a frame that the FFT has no room for. Their sliding normalization takes an odd number of frames.";
    ARITHMETIC = 309, "the block has no such setting in integers",
        "`arithmetic fixed` computes the features in integers, for a CPU without a floating-point unit. Logarithms of powers, natural or in decibel, with or without normalization and differences, are what it computes: no `compat`, `log none` or `spectrum magnitude`.";
    FEATURE_BLOCKS = 310, "the number of feature blocks is not supported",
        "An impulse has from one to eight feature blocks side by side.";
    SOFT_FLOAT = 311, "features in float on a CPU without a floating-point unit",
        "Each float operation is a call into the compiler's library there, some 30 to 100 instructions: the features of a second of sound take 15 times as many as with `arithmetic fixed`, which computes `mfcc` and `mfe` in integers. A network trained on one should not be fed with the other: train again. Say `arithmetic float` where that is meant.";
    AXES = 320, "the axes or the scale of a block do not work",
        "A block over the axes of a motion window analyses some or all of the axes that `window motion` names, each once. Its `scale` is a factor on the samples, not 0, and keeps them below a million.";
    FILTER = 321, "the filter is impossible",
        "A Butterworth filter has an even order up to 8, and its cutoff lies below half the sampling rate, where the spectrum ends; behind a decimation below 0.9 of that. Order 0 filters nothing and only chooses bins.";
    NO_BIN = 322, "the filter leaves no frequency",
        "The bins of an FFT lie a multiple of the rate over its length apart, and bin 0 is never given. A low-pass filter below half of the first bin, or a high-pass filter above the last, leaves none. A longer FFT has narrower bins.";
    WAVELET = 323, "the wavelet has too many levels for the window",
        "Each level of a wavelet transform halves the signal, and statistics need enough values: a window has at least 32 samples for each part, 64 with one level, 128 with two.";
    DECIMATION = 324, "the signal cannot be decimated by that number",
        "A decimation keeps one of 3, 10, 30, 100 or 1000 samples, behind a filter that removes what the lower rate cannot hold. 1 keeps all of them.";
    SENSOR = 325, "the feature block does not fit the sensor",
        "`mfcc`, `mfe` and `spectrogram` look at sound (`window audio`), `image` at images (`window image`), and `spectral`, `wavelet`, `flatten` and `raw` at the axes of motion or at the samples of sound. Augmentation has words for each: `noise` for sound, `shift` and `gain` for sound and motion, `mirror`, `move`, `zoom`, `turn` and `brightness` for images.";
    LAYER_SHAPE = 401, "a layer does not take this shape",
        "Each layer works on shapes of its own: one-dimensional ones on time x channels, two-dimensional ones on height x width x channels, dense on a flat list. The hint names the reshape or the layer to put in between.";
    LAYER_NO_ROOM = 402, "a kernel or pool is larger than what it slides over",
        "With padding valid a window must fit into its input at least once. Padding same has no such limit.";
    RESHAPE = 403, "a reshape changes the number of values",
        "A reshape keeps every value and only names the dimensions anew, so the products of both shapes are equal: 637 = 49 x 13.";
    ADD_SHAPES = 404, "a residual branch ends in another shape than it began with",
        "The output of `residual` is its input plus what its layers make of it, so both have one shape: stride 1, padding same, and a last convolution with as many filters as the input has channels.";
    LAYER_VALUE = 405, "a layer's number is out of range",
        "Filters, units, kernels, sizes and strides are at least 1; a dropout is a share from 0% to below 100%; max_norm is above 0.";
    LAYER_TOO_LARGE = 406, "a layer makes more values than any board holds",
        "No value and no weight tensor may have more than 16,777,216 elements, and no network more weights than that.";
    EMPTY_NETWORK = 407, "the network has no layer",
        "A network needs at least a dense layer with one unit per label and a softmax.";
    OUTPUT = 408, "the network's output does not fit the labels",
        "The network ends with one score per label: `dense labels, softmax`. Its last layer is the softmax, and its shape is the number of labels.";
    SIZE_RANK = 409, "a size has more dimensions than the layer",
        "A pool over time takes one number. On height x width x channels it takes one number for a square, or two.";
    RAM_BUDGET = 501, "the impulse needs more RAM than its budget",
        "The plan counts every byte: samples of a frame, features of the window, FFT scratch and activations (which share their bytes), state, buffers of the board, and a bound on the stack. The message names the largest. Fewer filters, an earlier or larger pool, a shorter FFT or window make them smaller; or raise the budget.";
    FLASH_BUDGET = 502, "the impulse needs more flash than its budget",
        "The plan counts weights, parameters, tables and code. The message names the largest. Fewer filters or units make the weights smaller, a shorter FFT its tables; or raise the budget.";
    LATENCY_BUDGET = 503, "a result takes longer than its budget",
        "The plan estimates the instructions of the features of one stride and of the network, and the time that the board's CPU needs for them. The message names the most expensive steps. A stride in the network, an earlier pool, fewer filters or depthwise convolutions make it faster; or raise the budget.";
    BOARD_TOO_SMALL = 504, "the impulse does not fit the board",
        "The plan needs more RAM or flash than an application may use on this board, whatever the budget says. Make the network smaller or choose another board.";
    UNKNOWN_BOARD = 510, "unknown board",
        "`target` names a board that the tool does not know. `impulse boards` lists the boards.";
    BUDGET_ABOVE_BOARD = 511, "the budget is larger than the board",
        "A budget above what the board has is no bound: the image must fit the board anyway.";
    DATA_MISSING = 601, "the data set cannot be found",
        "`data` names a folder with one folder of recordings per label, or a manifest: a CSV file whose first line names its columns. The path is relative to the spec.";
    LABEL_EMPTY = 602, "a label has no recordings",
        "Every label needs recordings to learn from: WAV, FLAC or MP3 files in the folder of the label's name, or lines of the manifest with the label. Record some, mend the spelling, or take the label out of the spec.";
    CLIP_UNREADABLE = 603, "a recording cannot be read",
        "The file is no WAV, FLAC or MP3 audio, is damaged, or is shorter than its header says (an interrupted copy or recording). All such files are listed in one go. Replace them or take them out of the folder.";
    MANIFEST = 604, "the manifest cannot be used",
        "A manifest is a CSV file with a header line. The columns `path` (relative to the manifest) and `label` are needed; `split` (train, validation, test or empty) and a column for groups are optional.";
    SPLIT = 605, "the split leaves something out",
        "Each label should have clips for training, validation and test, and clips that belong together (of one speaker) should be on one side. Without training clips a label cannot be learned, which is an error; the rest are warnings about what the reported accuracy is worth.";
    GROUP = 606, "the groups of the clips cannot be told",
        "`group filename /…/` takes the first capture group of the pattern on each file name, `group column \"…\"` a column of the manifest. The pattern must match every file name and hold one pair of parentheses; the column must exist.";
    NOISE = 607, "the background noise cannot be found",
        "`noise` names a label of the data set (whether or not the spec uses it), a folder of recordings, or one recording, relative to the spec.";
    LABELS_IGNORED = 608, "recordings of other labels are ignored",
        "The data set has labels that the spec does not list. Their recordings are left out. If that is not meant, add them to `labels`.";
    RANGE = 612, "recordings go beyond the full scale",
        "`range` of `window motion` is the value that the largest 16-bit sample stands for. Values beyond it are clipped, as a sensor with that full scale would. If that is not meant, make it larger; a range far above the recordings wastes resolution.";
    EVENTS = 620, "a label track or event list cannot be used",
        "`impulse calibrate` takes the words of a recording from the label track beside it (`clip.txt` beside `clip.wav`: `start<tab>end<tab>label` on each line, as Audacity exports it) or from --events, a CSV with the columns path, start, end and label. Times are in seconds. Labels that the spec does not list are other sounds.";
    CALIBRATION = 621, "no setting of the decision logic does what is asked",
        "`impulse calibrate` first keeps the settings of `decide` whose false accepts stay within --false-accepts, then takes the one that misses the fewest words. No setting was left, or there was nothing to hear. Allow more false accepts, add recordings like those that are taken for words to the training clips of another label, or replay more hours.";
    LEAK_GROUP = 630, "a speaker is on both sides of the split",
        "Recordings of one group (a speaker, a machine, a day) are learned from and tested with. The network then knows the voices of the test, and its accuracy there says little about voices it never heard. Give all recordings of the group one side.";
    LEAK_DUPLICATE = 631, "the same sound is on both sides of the split",
        "A recording of the test, or a part of it, also stands in the training or validation clips: as a copy, as another cut of the same take, or louder or quieter. What was learned by heart counts as understood. Take one of the two out, or give both one side; cuts of one long recording belong into one group.";
    DUPLICATE = 632, "the same recording stands there twice",
        "Two files hold the same samples at the same rate, whatever their names and formats. Such a recording counts twice in training and in the figures. Keep one.";
    NEAR_DUPLICATE = 633, "two recordings are cuts of the same sound",
        "The recordings overlap: shifted, louder or quieter, but the same take. They count as two but teach little more than one. Keep one, or cut them without overlap; the message gives the shift, the overlap and the correlation.";
    LABEL_CONFLICT = 634, "the same sound has two labels",
        "Two recordings hold the same sound, but the data set gives them different labels. At least one is wrong, and no network can get both right. Listen to them and keep the one whose label is right.";
    CLIPPING = 635, "a recording is clipped",
        "Peaks are cut flat at the highest or lowest value: the microphone or its amplifier was overdriven, and what is lost does not come back. Record again with less gain. A few such clips do no harm where the device will clip too.";
    DC_OFFSET = 636, "a recording has a DC offset",
        "The mean of the samples is not zero: a fault of a microphone or sound card. It eats headroom, and a network can learn to know a microphone by it. Filters of a log-mel or MFCC block pass little of it; raw samples pass all. Subtract the mean, or put a high-pass filter before.";
    SILENT = 637, "nothing is to be heard in a recording",
        "The recording is far quieter than the others of its label, holds one value only, or no part of it stands out from its noise while the others of its label do. Perhaps the word was missed. Listen to it; take it out, or give it the label of silence.";
    ZERO_PADDING = 638, "a recording is filled up with zeros",
        "Digital silence stands at its start or end, which no microphone gives. A network can learn the padding instead of the word, above all where one label has more of it than others. Cut the zeros off (a short recording is centred in the window anyway), or record longer.";
    CUT_OFF = 639, "a word is cut off",
        "The recording is loud up to its first or last sample, while it has pauses elsewhere: the word likely began before the recording or went on after it. Cut again with some time to either side, or record again.";
    GAP = 640, "a recording has a gap",
        "In the middle of a sound the samples stand still for some milliseconds and then go on: samples were lost on the way (a full buffer, a slow card). Record again.";
    RATE = 641, "recordings have another sampling rate",
        "Recordings below the rate of the window are brought to it, but what a lower rate cut off above half of it stays missing. Where one label has other rates than the rest, a network can learn the rate instead of the sound. Record all at the rate of the window, or at the same higher one.";
    LENGTH = 642, "a recording is very short or very long",
        "A recording much shorter than the window is centred in silence; of one between one and four windows the loudest window is used, and the rest is never heard; a longer one is cut into consecutive windows, all with its label. Cut the recordings to about one window.";
    IMBALANCE = 643, "labels have very different numbers of recordings",
        "A network learns to guess the frequent labels. Record more of the rare ones, or weigh them: `train { class_weights balanced }`. Below about ten recordings, or three speakers, of a label its figures mean little.";
    UNGROUPED = 644, "recordings that belong together are not kept together",
        "File names or a column of the manifest tell who spoke, but nothing says that these recordings stay on one side of the split. Chance then puts a speaker on both. Say `group filename /…/` or `group column \"…\"`.";
    CONFOUND = 645, "a label can be told by how it was recorded",
        "One label differs from all others in its loudness, its length, its offset or its rate, more than recordings within a label differ. A network learns such a difference first, and fails on a device where it is absent. Record all labels with the same equipment and settings, and cut them alike.";
    LABEL_SUSPICIOUS = 646, "a label is suspicious",
        "A small network that learned from the other recordings (four parts in turn, no speaker in two of them) is sure that this one has another label. The list is ordered by how sure it is: listen to the first, and go on until what you hear is right. Some are hard cases, not mistakes; those are worth keeping.";
    IMPORT = 650, "a row of the data to import cannot be used",
        "The message names the file and the line, and what was expected there. Every such row is told in one go, and nothing is written. Mend them, or leave them out with --skip-bad.";
    IMPORT_FORMAT = 651, "the data to import are not in the named format",
        "`impulse data import` reads Speech Commands (folders with validation_list.txt and testing_list.txt), a Hugging Face audiofolder (metadata.csv with a column file_name), an Edge Impulse export (info.labels), Common Voice (TSV files beside clips/), and one long recording with a label track of Audacity (start, end and label with tabs between).";
    TFLITE_DAMAGED = 701, "the .tflite file is damaged",
        "The bytes are not a TensorFlow Lite model, or an offset, index or length in it points outside of the file. Get the file again, or convert the network again.";
    TFLITE_OPERATOR = 702, "an operator of the .tflite file is not supported",
        "The network uses an operator, or an option of an operator, that the generated code has no kernel for. Each one is named with its index in the file. Replace it in the network's source and convert again.";
    TFLITE_TENSOR = 703, "a tensor of the .tflite file is not supported",
        "Tensors must be int8, int32 or float32 with a fixed shape, with their data inside of the file. Convert the network with full int8 quantization (int8 input and output).";
    GRAPH_INVALID = 704, "the parts of a network do not fit together",
        "An operator of the network takes a value that is never computed, or shapes that do not fit its operands. A network from a file like this cannot have run anywhere: convert it again.";
    NOT_INT8 = 705, "an operator cannot run in int8",
        "Every operator takes and gives int8 values with a scale and a zero point, weights with a scale per channel and zero point 0, and a bias in int32. Convert the network with full int8 quantization and representative data.";
    WEIGHTS_MISMATCH = 710, "the weights do not belong to the network",
        "A weight tensor that a layer needs is missing or has another shape. The network was changed after the weights were trained: train again.";
    WEIGHTS_FILE = 711, "the .safetensors file is damaged",
        "The bytes are not a safetensors file with float32 tensors. Delete the file and train again.";
    NOT_QUANTIZABLE = 720, "the network cannot be quantized",
        "A weight or an activation is not a finite number, or an operator has no int8 form. Train again with a lower learning rate if the values have grown without bound.";
    TRAINING_UNFIT = 801, "network, labels and clips do not fit together",
        "Training needs a network whose output has one value per label, at least one training clip, at least one clip per batch, and class weights that are one number of at least 0 per label.";
    TRAINING_DIVERGED = 802, "training diverged",
        "The loss or a weight grew beyond what a float can hold. Almost always the learning rate is too high for the network: divide it by three. The message names the batch, the epoch and the first layer whose values are not finite.";
    TRAINING_MEMORY = 803, "out of memory while training",
        "The values of a batch did not fit into memory. Use smaller batches or a smaller network.";
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
    FILE_EXISTS = 909, "the file exists already",
        "`impulse new` never writes over a file. Name another one, or remove it first.";
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
    BUDGET_MEASURED = 915, "the measured program exceeds a budget",
        "The program that was measured in the emulator needs more RAM, flash or time than the target's budget allows. Make the network or the features smaller, or raise the budget. The outputs were written nevertheless.";
    NO_MODEL = 916, "there is no network to import",
        "`impulse new --template import` makes a spec around an int8 .tflite file, which --model names. Its input must be a picture of sound: frames x coefficients, as the feature block makes them.";
    PROTOCOL = 917, "the editor and the language server do not understand each other",
        "`impulse lsp` speaks the Language Server Protocol over standard input and output, and is started by an editor. It met something else there, or the editor went away.";
    BUILD_RUNNING = 918, "another build of the impulse is at work",
        "Two builds of one impulse would replace each other's files, so the second one does not begin. Wait for the first to end. Where none runs, a program that was stopped in the background may still hold the lock: `jobs` in the terminal it was started from shows it.";
    VERIFY_OUTPUT = 980, "the verification image did not say what it should",
        "The program that runs the emitted code under the emulator prints its results line by line. It stopped early, or printed something else: usually the emulator met a fault, or its version differs much from the tested one. Run it again with the printed command to see all of its output.";
    EMISSION = 981, "the network cannot be emitted",
        "C and Rust are made of int8 networks with one input, the features, and one output, a score per label. This network, read from a model file, has another form. `impulse check` names what differs.";
}

/// The explanation of `code`, if the code exists.
pub fn explain(code: Code) -> Option<&'static Explanation> {
    ALL.iter().find(|e| e.code == code)
}
