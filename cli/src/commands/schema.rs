//! `impulse schema`: the YAML spelling as a JSON Schema.

use crate::ui::print;

/// Prints the schema.
pub fn run() {
    print(impulse_dsl::json_schema().trim_end_matches('\n'));
}
