//! `impulse calibrate`: long recordings through the device's decision logic, and the settings of
//! `decide` that come out of it.

mod hear;
mod show;
mod write;

use std::sync::atomic::Ordering;

use impulse_ir::diagnostic::{Diagnostic, Place, Severity, codes};
use impulse_ir::features::DeviceArgs;
use impulse_ir::pipeline::Pipeline;
use impulse_train::replay::{self, Device, Outcome, Replayed, Setting, poisson};

use crate::args::{Calibrate, Results};
use crate::failure::Failure;
use crate::interrupt;
use crate::project::Project;
use crate::ui::{Ui, print};

/// Everything that was heard and what came of it.
struct Calibration<'p> {
    project: &'p Project,
    pipeline: &'p Pipeline,
    /// What the recordings are, in words.
    source: String,
    /// Whether somebody recorded them as they are.
    recorded: bool,
    hours: f64,
    outcomes: Vec<Outcome>,
    own: Setting,
    false_accepts_per_hour: f64,
}

impl Calibration<'_> {
    /// False accepts per hour of audio.
    fn rate(&self, of: &Outcome) -> f64 {
        of.n_false() as f64 / self.hours
    }

    /// The rate that the false accepts bound from above.
    fn rate_max(&self, of: &Outcome) -> f64 {
        poisson::rate_max(of.n_false(), self.hours)
    }

    /// Most false accepts of a setting that holds the bound.
    fn n_false_max(&self) -> f64 {
        self.false_accepts_per_hour * self.hours
    }

    /// Whether the bound allows less than one false accept in all that was heard. Whether there is
    /// one then is chance, and a setting without any may hear next to nothing.
    fn is_too_short(&self) -> bool {
        self.false_accepts_per_hour > 0.0 && self.n_false_max() < 1.0
    }

    fn outcome_of(&self, setting: Setting) -> Option<&Outcome> {
        self.outcomes.iter().find(|o| o.setting == setting)
    }
}

/// Calibrates.
///
/// # Errors
/// When there is no current model, a recording or its words cannot be read, there is nothing to
/// hear, or no setting keeps the bound.
pub fn run(args: &Calibrate, ui: Ui) -> Result<(), Failure> {
    interrupt::flag();
    let project = Project::load(args.spec.as_deref())?;
    ui.diagnostics(&project.warnings, Some(&project.source));
    calibrate(&project, args, ui).map_err(|f| project.fail(f))
}

fn calibrate(project: &Project, args: &Calibrate, ui: Ui) -> Result<(), Failure> {
    let model = super::model::load(project)?;
    let pipeline = Pipeline::new(&project.spec, model.graph);
    let device = Device::from(&DeviceArgs::new(&pipeline)?);
    let heard = hear::hear(project, &pipeline, args, ui)?;
    stopped()?;
    let samples: u64 = heard.replayed.iter().map(|r| r.n_samples).sum();
    let hours = samples as f64 / f64::from(pipeline.window.rate_hz.max(1)) / 3600.0;
    let n_results: usize = heard.replayed.iter().map(|r| r.ends.len()).sum();
    if n_results == 0 {
        let message = "there was nothing to hear: no recording is as long as a window";
        return Err(Diagnostic::general(codes::CALIBRATION, message).into());
    }
    let own = own_setting(project);
    let calibration = Calibration {
        project,
        pipeline: &pipeline,
        source: heard.source,
        recorded: heard.recorded,
        hours,
        outcomes: sweep(&heard.replayed, &device, own, ui)?,
        own,
        false_accepts_per_hour: args.false_accepts,
    };
    let chosen = if calibration.is_too_short() {
        ui.diagnostics(&[too_short(&calibration)], None);
        replay::fewest_errors(&calibration.outcomes, own)
    } else {
        replay::choose(&calibration.outcomes, calibration.n_false_max(), own)
    };
    match args.format {
        Results::Json => print(&show::json(&calibration, chosen)),
        Results::Table => show::tables(&calibration, chosen, ui),
    }
    let Some(chosen) = chosen else {
        return Err(no_setting(&calibration).into());
    };
    if chosen.n_words() == 0 {
        let message =
            "no word is said in the recordings, so nothing tells which setting hears them";
        let problem = Diagnostic::general(codes::CALIBRATION, message);
        return Err(problem
            .hint("add recordings with words: a label track beside them, or --events")
            .into());
    }
    write::write(&calibration, chosen, args, ui)
}

/// What the spec says now.
fn own_setting(project: &Project) -> Setting {
    let decide = &project.spec.decide;
    Setting {
        threshold: decide.threshold,
        average_results: decide.average_results.max(1),
        suppress_results: decide.suppress_results,
    }
}

fn sweep(
    replayed: &[Replayed],
    device: &Device,
    own: Setting,
    ui: Ui,
) -> Result<Vec<Outcome>, Diagnostic> {
    let settings = replay::settings(device.length_samples, device.stride_samples, own);
    let bar = ui.bar(
        "sweeping",
        settings.len() as u64,
        "{bar:30} {pos}/{len} settings",
    );
    let outcomes = replay::sweep(replayed, device, &settings, interrupt::flag(), &|| {
        bar.inc(1)
    });
    bar.finish_and_clear();
    stopped()?;
    Ok(outcomes)
}

fn stopped() -> Result<(), Diagnostic> {
    if interrupt::flag().load(Ordering::Relaxed) {
        let message = "stopped, nothing was written";
        return Err(Diagnostic::general(codes::STOPPED, message));
    }
    Ok(())
}

fn too_short(of: &Calibration<'_>) -> Diagnostic {
    let rate = of.false_accepts_per_hour;
    let message = format!(
        "{} of audio cannot tell whether a setting keeps {rate:.2} false accepts per hour",
        show::hours(of.hours),
    );
    let (severity, place) = (Severity::Warning, Place::Nowhere);
    Diagnostic::new(codes::CALIBRATION, severity, place, message)
        .hint("chosen is what makes the fewest errors: missed words and false accepts together")
        .hint(format!(
            "give {} or more with --recordings, or a bound such as --false-accepts 60/h",
            show::hours(poisson::hours_to_claim(rate)),
        ))
}

fn no_setting(of: &Calibration<'_>) -> Diagnostic {
    let fewest = of.outcomes.iter().map(Outcome::n_false).min().unwrap_or(0);
    let message = format!(
        "no setting of `decide` keeps {:.2} false accepts per hour: in {} of audio the fewest were {fewest}",
        of.false_accepts_per_hour,
        show::hours(of.hours),
    );
    let rate = fewest as f64 / of.hours;
    Diagnostic::general(codes::CALIBRATION, message)
        .hint(format!(
            "allow more: --false-accepts {:.2}/h",
            (rate * 100.0).ceil() / 100.0
        ))
        .hint("or train with clips of what is taken for a word, as another label")
}
