//! What calibrating found, as tables and as JSON.

use impulse_train::replay::{Outcome, Setting, poisson};
use serde_json::{Value, json};

use super::Calibration;
use crate::tables;
use crate::ui::{Ui, count, percent, plural, print, time};

/// Bounds on false accepts per hour that the curve is shown at, beside the one that was asked for.
const RATES: [f64; 8] = [0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0];

/// Hours, or minutes where they are few: `3.1 minutes`, `15.2 hours`.
pub fn hours(hours: f64) -> String {
    if hours < 1.0 {
        format!("{:.1} minutes", hours * 60.0)
    } else {
        format!("{hours:.1} hours")
    }
}

/// The tables.
pub fn tables(of: &Calibration<'_>, chosen: Option<&Outcome>, ui: Ui) {
    print(&of.source);
    let words = of.outcomes.first().map_or(0, Outcome::n_words);
    let words = plural(words as u64, "word");
    print(&format!("{} of audio, {words} to hear", hours(of.hours)));
    print("");
    curve(of, chosen, ui);
    if let Some(chosen) = chosen {
        labels(of, chosen, ui);
    }
    claim(of, chosen);
    print("");
}

/// The best setting under each bound: missed words against false accepts.
fn curve(of: &Calibration<'_>, chosen: Option<&Outcome>, ui: Ui) {
    let mut table = tables::plain(ui);
    table.set_header([
        "",
        "false accepts",
        "at most (95 %)",
        "missed",
        "threshold",
        "average",
        "suppress",
    ]);
    let mut rows: Vec<(&str, &Outcome)> = Vec::new();
    for rate in RATES {
        let Some(best) = impulse_train::replay::choose(&of.outcomes, rate * of.hours, of.own)
        else {
            continue;
        };
        if rows
            .last()
            .is_none_or(|(_, last)| last.n_heard() != best.n_heard())
        {
            rows.push(("", best));
        }
    }
    if let Some(chosen) = chosen {
        rows.retain(|(_, o)| o.setting != chosen.setting);
        let at = rows.partition_point(|(_, o)| o.n_false() <= chosen.n_false());
        rows.insert(at, ("chosen", chosen));
    }
    if let Some(own) = of.outcome_of(of.own)
        && chosen.is_none_or(|c| c.setting != of.own)
    {
        rows.push(("as it is", own));
    }
    for (name, outcome) in rows {
        table.add_row([
            name.to_owned(),
            format!("{:.2}/h", of.rate(outcome)),
            format!("{:.2}/h", of.rate_max(outcome)),
            percent(outcome.missed()),
            format!("{:.2}", outcome.setting.threshold),
            results(of, outcome.setting.average_results),
            results(of, outcome.setting.suppress_results),
        ]);
    }
    tables::align_right(&mut table, &[1, 2, 3, 4, 5, 6]);
    print(&table.to_string());
    print("");
}

/// So many results as a time.
fn results(of: &Calibration<'_>, n: usize) -> String {
    let window = &of.pipeline.window;
    let samples = (n * window.stride_samples) as f64;
    if n == 0 {
        return "0 s".to_owned();
    }
    time(samples * 1e6 / f64::from(window.rate_hz.max(1)))
}

/// What the chosen setting makes of each label.
fn labels(of: &Calibration<'_>, chosen: &Outcome, ui: Ui) {
    let mut table = tables::plain(ui);
    table.set_header(["chosen setting", "words", "missed", "", "false accepts"]);
    for (i, label) in of.pipeline.labels.iter().enumerate() {
        if of.pipeline.decide.ignore.contains(&i) {
            continue;
        }
        let (words, heard) = (chosen.words[i], chosen.heard[i]);
        let share = (words - heard) as f64 / words.max(1) as f64;
        table.add_row([
            label.clone(),
            count(words as u64),
            count((words - heard) as u64),
            percent(share),
            count(chosen.false_accepts[i] as u64),
        ]);
    }
    tables::align_right(&mut table, &[1, 2, 3, 4]);
    print(&table.to_string());
    print("");
}

/// What the hours are worth.
fn claim(of: &Calibration<'_>, chosen: Option<&Outcome>) {
    let rate = of.false_accepts_per_hour;
    if let Some(chosen) = chosen {
        let n = plural(chosen.n_false() as u64, "false accept");
        let most = of.rate_max(chosen);
        let claimed = if most <= rate {
            "which holds"
        } else {
            "more than"
        };
        print(&format!(
            "{n} in {}: with 95 % confidence at most {most:.2} per hour, {claimed} the bound of {rate:.2}",
            hours(of.hours)
        ));
    }
    if rate > 0.0 {
        print(&format!(
            "to claim {rate:.2} per hour takes {} without one",
            hours(poisson::hours_to_claim(rate))
        ));
    } else {
        print("no length of recordings claims 0 per hour");
    }
    if !of.recorded {
        print(
            "the streams hold a clip every few seconds; how often a room's sounds are taken for a \
             word, only recordings of that room tell",
        );
    }
}

/// The document.
pub fn json(of: &Calibration<'_>, chosen: Option<&Outcome>) -> String {
    let setting = |s: &Setting| {
        json!({
            "threshold": f64::from((s.threshold * 1000.0).round()) / 1000.0,
            "average_results": s.average_results,
            "suppress_results": s.suppress_results,
        })
    };
    let outcome = |o: &Outcome| {
        json!({
            "setting": setting(&o.setting),
            "words": o.words, "heard": o.heard, "false_accepts": o.false_accepts,
            "missed": o.missed(),
            "false_accepts_per_hour": of.rate(o),
            "false_accepts_per_hour_max": of.rate_max(o),
        })
    };
    let all: Vec<Value> = of.outcomes.iter().map(outcome).collect();
    json!({
        "impulse": of.project.spec.name,
        "source": of.source,
        "recorded": of.recorded,
        "hours": of.hours,
        "labels": of.pipeline.labels,
        "confidence": poisson::CONFIDENCE,
        "false_accepts_per_hour_bound": of.false_accepts_per_hour,
        "too_short_for_the_bound": of.is_too_short(),
        "hours_to_claim_the_bound": (of.false_accepts_per_hour > 0.0)
            .then(|| poisson::hours_to_claim(of.false_accepts_per_hour)),
        "chosen": chosen.map(outcome),
        "as_it_is": of.outcome_of(of.own).map(outcome),
        "settings": all,
    })
    .to_string()
}
