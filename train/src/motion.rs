//! Recordings of motion and other sensors as samples: Edge Impulse's JSON, and CSV.
//!
//! [`decode`] gives the values as they are written, [`Motion::samples`] the int16 samples of the
//! axes that a window names, at its full scale.

use serde::Deserialize;

/// How far a recording's rate may lie from the window's, as a share: sensors' clocks differ, and
/// rates are rounded where they are written down.
const RATE_TOLERANCE: f64 = 0.02;

/// Units of a column of times, by what its name ends in, in seconds; without one a column's steps
/// are taken for milliseconds where they are whole numbers.
const TIME_UNITS: [(&str, f64); 8] = [
    ("_ms", 1e-3),
    ("_us", 1e-6),
    ("_ns", 1e-9),
    ("_s", 1.0),
    ("(ms)", 1e-3),
    ("(us)", 1e-6),
    ("(ns)", 1e-9),
    ("(s)", 1.0),
];

/// Names of a column of times, apart from its unit.
const TIME_NAMES: [&str; 6] = ["timestamp", "time", "t", "millis", "micros", "seconds"];

/// A recording as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Motion {
    /// Samples per second, where the recording says it.
    pub rate_hz: Option<f64>,
    /// Names of the axes, empty where they have none.
    pub names: Vec<String>,
    /// Values of a sample.
    pub n_axes: usize,
    /// `[samples, n_axes]`.
    pub values: Vec<f64>,
}

/// What a window wants of a recording.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Samples per second.
    pub rate_hz: f64,
    /// Names of the axes.
    pub axes: &'a [String],
    /// The value that the largest sample stands for.
    pub range: f64,
}

/// Samples of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// `[samples, axes]`, full scale −32768..=32767.
    pub values: Vec<i16>,
    /// Values beyond the range, which were clipped, and the largest of them.
    pub clipped: (usize, f64),
}

/// The parts of a sample in Edge Impulse's data acquisition format that matter here.
#[derive(Deserialize)]
struct Acquisition {
    payload: Payload,
}

#[derive(Deserialize)]
struct Payload {
    interval_ms: f64,
    sensors: Vec<Sensor>,
    values: Vec<Row>,
}

#[derive(Deserialize)]
struct Sensor {
    name: String,
}

/// A sensor with a single axis may write plain numbers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Row {
    Many(Vec<f64>),
    One(f64),
}

/// Reads a recording; `is_json` by its name.
///
/// # Errors
/// What is wrong with the bytes, in words.
pub fn decode(bytes: &[u8], is_json: bool) -> Result<Motion, String> {
    if bytes.is_empty() {
        return Err("the file is empty".into());
    }
    let motion = if is_json { json(bytes)? } else { csv(bytes)? };
    if motion.values.is_empty() {
        return Err("the file has no samples".into());
    }
    match motion.values.iter().position(|v| !v.is_finite()) {
        Some(at) => Err(format!(
            "sample {} has a value that is no number",
            at / motion.n_axes.max(1) + 1
        )),
        None => Ok(motion),
    }
}

fn json(bytes: &[u8]) -> Result<Motion, String> {
    let read: Acquisition = serde_json::from_slice(bytes).map_err(|e| {
        let what = if e.is_eof() {
            "the file is cut short".to_owned()
        } else {
            let text = e.to_string();
            let end = text.find(" at line").unwrap_or(text.len());
            text[..end].to_owned()
        };
        format!(
            "expected a sample in Edge Impulse's format (payload with interval_ms, sensors and values): {what}, line {}",
            e.line()
        )
    })?;
    let payload = read.payload;
    let n_axes = payload.sensors.len();
    if n_axes == 0 {
        return Err("the recording names no sensor".into());
    }
    if !(payload.interval_ms > 0.0 && payload.interval_ms.is_finite()) {
        return Err(format!(
            "expected an interval_ms above 0, found {}",
            payload.interval_ms
        ));
    }
    let mut values = Vec::with_capacity(payload.values.len() * n_axes);
    for (i, row) in payload.values.into_iter().enumerate() {
        let row = match row {
            Row::Many(row) => row,
            Row::One(value) => vec![value],
        };
        if row.len() != n_axes {
            return Err(format!(
                "sample {} has {} values, expected one for each of {n_axes} sensors",
                i + 1,
                row.len()
            ));
        }
        values.extend(row);
    }
    Ok(Motion {
        rate_hz: Some(1000.0 / payload.interval_ms),
        names: payload.sensors.into_iter().map(|s| s.name).collect(),
        n_axes,
        values,
    })
}

fn csv(bytes: &[u8]) -> Result<Motion, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .flexible(true)
        .from_reader(bytes);
    let mut names: Vec<String> = Vec::new();
    let mut values: Vec<f64> = Vec::new();
    let mut n_columns = 0;
    for (i, record) in reader.records().enumerate() {
        let record = record.map_err(|e| match e.kind() {
            csv::ErrorKind::Utf8 { .. } => {
                "expected JSON or CSV, found bytes that are no text".to_owned()
            }
            _ => e.to_string().to_lowercase(),
        })?;
        let line = record.position().map_or(i as u64 + 1, csv::Position::line);
        let numbers: Option<Vec<f64>> = record
            .iter()
            .map(|cell| cell.trim_start_matches('\u{feff}').parse().ok())
            .collect();
        match numbers {
            Some(row) if n_columns == 0 || row.len() == n_columns => {
                n_columns = row.len();
                values.extend(row);
            }
            Some(row) => {
                return Err(format!(
                    "line {line}: expected {n_columns} columns, found {}",
                    row.len()
                ));
            }
            None if i == 0 => {
                let plain = |cell: &str| cell.trim_start_matches('\u{feff}').to_owned();
                names = record.iter().map(plain).collect();
                n_columns = names.len();
            }
            None => return Err(format!("line {line}: expected numbers, found other text")),
        }
    }
    let mut motion = Motion {
        rate_hz: None,
        names,
        n_axes: n_columns,
        values,
    };
    if let Some((column, unit)) = motion.time_column() {
        motion.take_times(column, unit)?;
    }
    Ok(motion)
}

impl Motion {
    /// The column of times, and its unit in seconds where its name tells.
    fn time_column(&self) -> Option<(usize, Option<f64>)> {
        self.names.iter().enumerate().find_map(|(i, name)| {
            let name = name.to_ascii_lowercase();
            let (stem, unit) = match TIME_UNITS.iter().find(|(end, _)| name.ends_with(end)) {
                Some((end, unit)) => (name[..name.len() - end.len()].trim(), Some(*unit)),
                None => (name.as_str(), None),
            };
            let unit = unit.or(match stem {
                "millis" => Some(1e-3),
                "micros" => Some(1e-6),
                "seconds" => Some(1.0),
                _ => None,
            });
            TIME_NAMES.contains(&stem).then_some((i, unit))
        })
    }

    /// Takes out the column of times and sets the rate by it.
    fn take_times(&mut self, column: usize, unit: Option<f64>) -> Result<(), String> {
        let rows = self.values.chunks_exact(self.n_axes.max(1));
        let times: Vec<f64> = rows.clone().map(|row| row[column]).collect();
        if let Some(at) = times.windows(2).position(|t| t[1] <= t[0]) {
            return Err(format!(
                "the times of samples {} and {} do not ascend",
                at + 1,
                at + 2
            ));
        }
        if times.len() > 1 {
            let whole = times[times.len() - 1] - times[0];
            let step = whole / (times.len() - 1) as f64;
            let is_whole = times.iter().all(|t| t.fract() == 0.0);
            let unit = unit.unwrap_or(if is_whole { 1e-3 } else { 1.0 });
            self.rate_hz = Some(1.0 / (step * unit));
        }
        let other = |row: &[f64]| {
            let cells = row.iter().enumerate();
            let kept: Vec<f64> = cells
                .filter(|(i, _)| *i != column)
                .map(|(_, v)| *v)
                .collect();
            kept
        };
        self.values = rows.flat_map(other).collect();
        self.names.remove(column);
        self.n_axes -= 1;
        if self.n_axes == 0 {
            return Err("the file has no column besides the times".into());
        }
        Ok(())
    }

    /// The columns of the wanted axes: by their names, or, where the recording has none of these
    /// names, all columns in their order.
    fn columns(&self, axes: &[String]) -> Result<Vec<usize>, String> {
        let find = |axis: &String| {
            let is = |name: &String| name.eq_ignore_ascii_case(axis);
            self.names.iter().position(is)
        };
        let found: Vec<Option<usize>> = axes.iter().map(find).collect();
        let listed = |names: &[String]| {
            let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
            quoted.join(", ")
        };
        if found.iter().any(Option::is_some) {
            let missing = axes.iter().zip(&found).find(|(_, at)| at.is_none());
            return match missing {
                Some((axis, _)) => Err(format!(
                    "expected an axis `{axis}`, found {}",
                    listed(&self.names)
                )),
                None => Ok(found.into_iter().flatten().collect()),
            };
        }
        if self.n_axes == axes.len() {
            return Ok((0..self.n_axes).collect());
        }
        let names = if self.names.is_empty() {
            String::new()
        } else {
            format!(": {}", listed(&self.names))
        };
        Err(format!(
            "expected {} axes, {}, found {}{names}",
            axes.len(),
            listed(axes),
            self.n_axes
        ))
    }

    /// The samples that a window wants.
    ///
    /// # Errors
    /// Another rate, or other axes, in words.
    pub fn samples(&self, wanted: Wanted<'_>) -> Result<Samples, String> {
        if let Some(rate_hz) = self.rate_hz
            && (rate_hz / wanted.rate_hz - 1.0).abs() > RATE_TOLERANCE
        {
            return Err(format!(
                "recorded at {} Hz, expected the window's {} Hz",
                (rate_hz * 100.0).round() / 100.0,
                wanted.rate_hz
            ));
        }
        let columns = self.columns(wanted.axes)?;
        let steps = 32_768.0 / wanted.range;
        let (mut n_clipped, mut largest) = (0, 0.0f64);
        let mut values = Vec::with_capacity(self.values.len() / self.n_axes * columns.len());
        for row in self.values.chunks_exact(self.n_axes) {
            for &column in &columns {
                let value = row[column];
                if value.abs() > wanted.range {
                    n_clipped += 1;
                    largest = largest.max(value.abs());
                }
                values.push((value * steps).round().clamp(-32_768.0, 32_767.0) as i16);
            }
        }
        Ok(Samples {
            values,
            clipped: (n_clipped, largest),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"{"protected":{},"payload":{"device_type":"X","interval_ms":10,
        "sensors":[{"name":"accX","units":"m/s2"},{"name":"accY","units":"m/s2"}],
        "values":[[1,-2],[0.5,4]]}}"#;

    fn axes(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    fn samples(motion: &Motion, names: &[&str]) -> Result<Vec<i16>, String> {
        let wanted = Wanted {
            rate_hz: 100.0,
            axes: &axes(names),
            range: 2.0,
        };
        motion.samples(wanted).map(|s| s.values)
    }

    #[test]
    fn a_sample_of_edge_impulse_is_read_as_it_is() {
        let motion = decode(SAMPLE.as_bytes(), true).unwrap();
        assert_eq!((motion.rate_hz, motion.n_axes), (Some(100.0), 2));
        assert_eq!(motion.values, [1.0, -2.0, 0.5, 4.0]);
        assert_eq!(
            samples(&motion, &["accx", "accy"]).unwrap(),
            [16_384, -32_768, 8192, 32_767]
        );
        assert_eq!(samples(&motion, &["accY"]).unwrap(), [-32_768, 32_767]);
        // Other names, as many: in their order.
        assert_eq!(samples(&motion, &["x", "y"]).unwrap().len(), 4);
        let refused = samples(&motion, &["x", "y", "z"]).unwrap_err();
        assert_eq!(
            refused,
            "expected 3 axes, `x`, `y`, `z`, found 2: `accX`, `accY`"
        );
        let refused = samples(&motion, &["accX", "gyrX"]).unwrap_err();
        assert_eq!(refused, "expected an axis `gyrX`, found `accX`, `accY`");
    }

    #[test]
    fn what_is_clipped_is_counted() {
        let motion = decode(SAMPLE.as_bytes(), true).unwrap();
        let names = axes(&["accX", "accY"]);
        let wanted = Wanted {
            rate_hz: 100.0,
            axes: &names,
            range: 1.0,
        };
        assert_eq!(motion.samples(wanted).unwrap().clipped, (2, 4.0));
    }

    #[test]
    fn another_rate_is_refused_a_nearby_one_is_not() {
        let motion = decode(SAMPLE.as_bytes(), true).unwrap();
        let names = axes(&["accX", "accY"]);
        let at = |rate_hz| {
            motion.samples(Wanted {
                rate_hz,
                axes: &names,
                range: 2.0,
            })
        };
        assert!(at(101.0).is_ok());
        assert_eq!(
            at(62.5).unwrap_err(),
            "recorded at 100 Hz, expected the window's 62.5 Hz"
        );
    }

    #[test]
    fn damaged_json_says_what_is_wrong() {
        for (text, expect) in [
            ("", "the file is empty"),
            ("{\"payload\":{\"interval_ms\":1,\"sensors\":[", "cut short"),
            ("{}", "missing field `payload`"),
            ("[1, 2]", "expected a sample in Edge Impulse's format"),
            (
                r#"{"payload":{"interval_ms":0,"sensors":[{"name":"a"}],"values":[1]}}"#,
                "interval_ms above 0",
            ),
            (
                r#"{"payload":{"interval_ms":1,"sensors":[],"values":[]}}"#,
                "names no sensor",
            ),
            (
                r#"{"payload":{"interval_ms":1,"sensors":[{"name":"a"}],"values":[]}}"#,
                "no samples",
            ),
            (
                r#"{"payload":{"interval_ms":1,"sensors":[{"name":"a"}],"values":[1,[2,3]]}}"#,
                "sample 2 has 2 values",
            ),
        ] {
            let refused = decode(text.as_bytes(), true).unwrap_err();
            assert!(refused.contains(expect), "{text}: {refused}");
        }
    }

    #[test]
    fn csv_has_columns_with_or_without_names_and_times() {
        let plain = decode(b"1,2\n3,4\n", false).unwrap();
        assert_eq!((plain.n_axes, plain.rate_hz), (2, None));
        assert_eq!(plain.values, [1.0, 2.0, 3.0, 4.0]);
        let named = decode(b"timestamp,x,y\n0,1,2\n10,3,4\n20,5,6\n", false).unwrap();
        assert_eq!(named.names, ["x", "y"]);
        assert_eq!(named.rate_hz, Some(100.0));
        assert_eq!(named.values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        for (header, times) in [
            ("time_us", "0\n10000\n20000"),
            ("seconds", "1.00\n1.01\n1.02"),
            ("Time (s)", "0\n0.01\n0.02"),
        ] {
            let rows: String = times.lines().map(|t| format!("7,{t}\n")).collect();
            let found = decode(format!("x,{header}\n{rows}").as_bytes(), false).unwrap();
            assert!((found.rate_hz.unwrap() - 100.0).abs() < 1e-6, "{header}");
            assert_eq!(found.values, [7.0; 3]);
        }
    }

    #[test]
    fn damaged_csv_says_where() {
        for (text, expect) in [
            ("x,y\n1,2\n3\n", "line 3: expected 2 columns, found 1"),
            ("x,y\n1,2\n3,a\n", "line 3: expected numbers"),
            ("x,y\n", "no samples"),
            ("t,x\n5,1\n5,2\n", "samples 1 and 2 do not ascend"),
            ("t\n1\n2\n", "no column besides the times"),
            ("1,nan\n", "sample 1 has a value that is no number"),
        ] {
            let refused = decode(text.as_bytes(), false).unwrap_err();
            assert!(refused.contains(expect), "{text}: {refused}");
        }
        assert!(
            decode(&[0xff, 0xfe, 0x00], false)
                .unwrap_err()
                .contains("JSON or CSV")
        );
    }
}
