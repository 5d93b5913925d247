//! The plan against linked images: static RAM to the byte, flash within 5 %, on random specs for
//! every kind of core. Needs arm-none-eabi-gcc; without it there is nothing to hold the plan
//! against, and the tests say so.

mod specs;

use std::path::Path;
use std::process::Command;

use impulse_codegen::Origin;
use impulse_codegen::verify::{Sizes, c_project, sizes};
use impulse_dsl::Syntax;
use impulse_ir::board::Board;
use impulse_ir::pipeline::{Pipeline, placeholder};
use impulse_ir::plan::{ItemKind, Plan, plan};
use specs::Random;

fn has_gcc() -> bool {
    let found = Command::new("arm-none-eabi-gcc").arg("--version").output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("arm-none-eabi-gcc is not installed: nothing was measured");
    }
    found
}

/// The next random spec that is without problems, and what it means.
fn sound(
    random: &mut Random,
    board: &str,
    draw: fn(&mut Random, &str) -> String,
) -> (String, Pipeline, Board) {
    loop {
        let text = draw(random, board);
        let (spec, _) = impulse_dsl::compile(&text, Syntax::Impulse);
        if let Some(spec) = spec {
            let pipeline = placeholder(&spec).expect("a checked spec can be planned");
            return (text, pipeline, spec.targets[0].board.clone());
        }
    }
}

/// Links the emitted C for `board` and reads what the model takes.
fn linked(pipeline: &Pipeline, board: &Board, folder: &Path) -> Sizes {
    let n_values = pipeline.window.length_samples * pipeline.window.n_axes;
    let windows = vec![vec![0; n_values]];
    let origin = Origin {
        command: "impulse build random.impulse".into(),
        input_hash: "0".into(),
        tool_version: "0".into(),
    };
    let project = c_project(pipeline, board, &windows, &origin).unwrap();
    for file in &project.files {
        std::fs::write(folder.join(&file.path), &file.contents).unwrap();
    }
    let output = Command::new(&project.build.program)
        .args(&project.build.args)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    sizes(&std::fs::read(folder.join(&project.elf)).unwrap()).unwrap()
}

/// Static RAM and flash of the impulse itself: without what the board's firmware adds.
fn of_impulse(plan: &Plan) -> (u64, u64) {
    let firmware = |kind| plan.bytes_of(kind);
    (
        plan.static_ram_bytes() - firmware(ItemKind::BoardBuffers),
        plan.flash_bytes() - firmware(ItemKind::BoardCode),
    )
}

/// Holds the plan of `n` random specs of a kind against their images.
fn hold(n: usize, seed: u64, spec: fn(&mut Random, &str) -> String, boards: &[&str]) -> f64 {
    let mut random = Random::new(seed);
    let mut worst = 0.0f64;
    for i in 0..n {
        let (text, pipeline, board) = sound(&mut random, boards[i % boards.len()], spec);
        let folder = tempfile::tempdir().unwrap();
        let measured = linked(&pipeline, &board, folder.path());
        let plan = plan(&pipeline, &board);
        let (ram, flash) = of_impulse(&plan);
        assert_eq!(ram, measured.ram_bytes, "static RAM of\n{text}");
        let off = flash as f64 / measured.flash_bytes() as f64 - 1.0;
        worst = worst.max(off.abs());
        let (found, constants) = (measured.flash_bytes(), measured.constant_bytes);
        assert!(
            off.abs() <= 0.05,
            "predicted {flash} bytes of flash, measured {found}, {constants} of them constants, of\n{text}\n{:#?}",
            plan.flash
        );
    }
    worst
}

#[test]
fn ram_is_predicted_to_the_byte_and_flash_within_five_percent() {
    if !has_gcc() {
        return;
    }
    let boards = [
        "nano33",
        "emulator-m0",
        "emulator-m3",
        "emulator-m7",
        "emulator-m55",
        "b-l475e-iot01a",
    ];
    let worst = hold(20, 20, specs::random, &boards);
    println!("flash is predicted within {:.1} %", 100.0 * worst);
}

#[test]
fn images_of_motion_and_pictures_are_predicted_as_well() {
    if !has_gcc() {
        return;
    }
    let boards = ["nano33", "emulator-m3", "emulator-m55"];
    let worst = hold(18, 3, specs::of_a_sensor, &boards);
    println!(
        "flash of other sensors is predicted within {:.1} %",
        100.0 * worst
    );
}

#[test]
fn images_of_features_in_integers_are_predicted_as_well() {
    if !has_gcc() {
        return;
    }
    let worst = hold(6, 9, specs::in_integers, &["emulator-m3", "nano33"]);
    println!(
        "flash of features in integers is predicted within {:.1} %",
        100.0 * worst
    );
}

/// A board's project listens to its microphone; what other sensors link has none of it.
#[test]
fn other_sensors_pay_for_no_microphone() {
    let mut random = Random::new(5);
    let (_, pipeline, board) = sound(&mut random, "nano33", specs::of_a_sensor);
    let plan = plan(&pipeline, &board);
    let firmware = [ItemKind::BoardBuffers, ItemKind::BoardCode].map(|kind| plan.bytes_of(kind));
    assert_eq!(firmware, [0, 0]);
    let (_, pipeline, board) = sound(&mut random, "nano33", specs::random);
    let plan = impulse_ir::plan::plan(&pipeline, &board);
    assert!(plan.bytes_of(ItemKind::BoardBuffers) > 4096);
}
