//! The split: which clips train, which are watched while training, which are only tested.
//!
//! Groups (a speaker, or the content of a single file) are never divided. A side that a manifest
//! or a folder gives is kept. Of the others each label gives the stated share, by the order of the
//! groups' hashes: the choice depends on nothing but the groups' names, stays nearly the same when
//! clips are added, and leaves no label out by chance.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Place, Severity};

use super::Split;
use super::listing::Entry;

/// What the split knows of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its label, `None` for a recording that is used as noise only.
    pub label: Option<usize>,
    /// What it must stay together with.
    pub group: String,
    /// The side that the manifest or folder gives.
    pub given: Option<Split>,
}

impl Member {
    /// The member that stands for a recording; without a group the hash of its file is one, so
    /// that copies stay together.
    pub fn of(entry: &Entry, file_hash: &str) -> Self {
        Self {
            label: entry.label,
            group: entry.group.clone().unwrap_or_else(|| file_hash.to_owned()),
            given: entry.split,
        }
    }
}

/// The side of each member. `test` and `validate` are shares, 0..1: `test` of all clips where no
/// member has a given test side, `validate` of the training clips where none has a given
/// validation side.
pub fn assign(members: &[Member], test: f32, validate: f32) -> Vec<Split> {
    let mut sides: Vec<Option<Split>> = members.iter().map(|m| m.given).collect();
    let given = |side: Split| members.iter().any(|m| m.given == Some(side));
    // Where the data says what is tested, all the rest is for training.
    let test = if given(Split::Test) { 0.0 } else { test };
    let validate = if given(Split::Validation) {
        0.0
    } else {
        validate
    };
    take(members, &mut sides, test, Split::Test, |side| {
        side.is_none()
    });
    take(members, &mut sides, validate, Split::Validation, |side| {
        matches!(side, None | Some(Split::Train))
    });
    sides
        .into_iter()
        .map(|s| s.unwrap_or(Split::Train))
        .collect()
}

/// Moves `share` of the members that are `free` to `side`, whole groups in the order of their
/// hashes, separately for the groups of each label and for those with several labels.
fn take(
    members: &[Member],
    sides: &mut [Option<Split>],
    share: f32,
    side: Split,
    free: impl Fn(Option<Split>) -> bool,
) {
    if share <= 0.0 {
        return;
    }
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, member) in members.iter().enumerate() {
        if free(sides[i]) {
            groups.entry(&member.group).or_default().push(i);
        }
    }
    let mut strata: BTreeMap<Option<usize>, Vec<OrderedGroup>> = BTreeMap::new();
    for (name, group) in groups {
        let labels: BTreeSet<Option<usize>> = group.iter().map(|&i| members[i].label).collect();
        let stratum = if labels.len() == 1 {
            members[group[0]].label
        } else {
            None
        };
        strata
            .entry(stratum)
            .or_default()
            .push((order(name, side), group));
    }
    for groups in strata.values_mut() {
        groups.sort();
        let total: usize = groups.iter().map(|(_, g)| g.len()).sum();
        let wanted = f64::from(share) * total as f64;
        let mut taken = 0;
        // The last group of a stratum always stays: no side may empty the others.
        let n_movable = groups.len() - 1;
        for (_, group) in &groups[..n_movable] {
            // A group goes over if that brings the count nearer to the share.
            if taken as f64 + group.len() as f64 / 2.0 > wanted {
                break;
            }
            taken += group.len();
            for &i in group {
                sides[i] = Some(side);
            }
        }
    }
}

/// A group's place in the order of its stratum, and its members.
type OrderedGroup = ([u8; 32], Vec<usize>);

fn order(group: &str, side: Split) -> [u8; 32] {
    let salt = if side == Split::Test {
        "test\0"
    } else {
        "validation\0"
    };
    *blake3::Hasher::new()
        .update(salt.as_bytes())
        .update(group.as_bytes())
        .finalize()
        .as_bytes()
}

/// A warning where the given sides divide a group.
pub fn crossing(members: &[Member], sides: &[Split], path: &str) -> Option<Diagnostic> {
    let mut of_group: BTreeMap<&str, BTreeSet<bool>> = BTreeMap::new();
    for (member, side) in members.iter().zip(sides) {
        of_group
            .entry(&member.group)
            .or_default()
            .insert(*side == Split::Test);
    }
    let divided: Vec<&str> = of_group
        .iter()
        .filter(|(_, s)| s.len() > 1)
        .map(|(g, _)| *g)
        .collect();
    let first = divided.first()?;
    let short: String = first.chars().take(16).collect();
    let message = format!(
        "{} groups have clips in the test and elsewhere, `{short}` for one: the test accuracy will be too good",
        divided.len()
    );
    let place = Place::File {
        path: PathBuf::from(path),
        line: None,
    };
    Some(Diagnostic::new(
        codes::SPLIT,
        Severity::Warning,
        place,
        message,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(label: usize, group: impl Into<String>) -> Member {
        Member {
            label: Some(label),
            group: group.into(),
            given: None,
        }
    }

    fn count(sides: &[Split], side: Split) -> usize {
        sides.iter().filter(|s| **s == side).count()
    }

    #[test]
    fn each_label_gives_its_share() {
        let members: Vec<Member> = (0..200)
            .map(|i| member(i % 2, format!("clip {i}")))
            .collect();
        let sides = assign(&members, 0.2, 0.25);
        for label in 0..2 {
            let own: Vec<Split> = (0..200)
                .filter(|i| i % 2 == label)
                .map(|i| sides[i])
                .collect();
            assert_eq!(
                (count(&own, Split::Test), count(&own, Split::Validation)),
                (20, 20)
            );
        }
    }

    #[test]
    fn a_group_is_never_divided() {
        let members: Vec<Member> = (0..300)
            .map(|i| member(i % 3, format!("speaker {}", i % 17)))
            .collect();
        let sides = assign(&members, 0.3, 0.2);
        for i in 0..300 {
            assert_eq!(sides[i], sides[i % 17], "clip {i}");
        }
        assert!(
            (70..=110).contains(&count(&sides, Split::Test)),
            "{}",
            count(&sides, Split::Test)
        );
    }

    #[test]
    fn the_order_of_the_clips_does_not_matter() {
        let members: Vec<Member> = (0..50)
            .map(|i| member(i % 2, format!("clip {i}")))
            .collect();
        let mut reversed = members.clone();
        reversed.reverse();
        let mut sides = assign(&reversed, 0.2, 0.2);
        sides.reverse();
        assert_eq!(sides, assign(&members, 0.2, 0.2));
    }

    #[test]
    fn a_new_clip_moves_at_most_one_other() {
        let members: Vec<Member> = (0..60).map(|i| member(0, format!("clip {i}"))).collect();
        let before = assign(&members[..59], 0.2, 0.0);
        let after = assign(&members, 0.2, 0.0);
        assert!(before.iter().zip(&after).filter(|(a, b)| a != b).count() <= 1);
    }

    #[test]
    fn given_sides_are_kept_and_validation_comes_out_of_training() {
        let mut members: Vec<Member> = (0..100).map(|i| member(0, format!("clip {i}"))).collect();
        for (i, m) in members.iter_mut().enumerate() {
            m.given = Some(if i < 30 { Split::Test } else { Split::Train });
        }
        let sides = assign(&members, 0.5, 0.2);
        assert!(sides[..30].iter().all(|s| *s == Split::Test));
        assert_eq!(count(&sides[30..], Split::Validation), 14);
        assert_eq!(count(&sides[30..], Split::Test), 0);
    }

    #[test]
    fn two_clips_still_train() {
        let members = [member(0, "a"), member(0, "b")];
        assert!(count(&assign(&members, 0.9, 0.9), Split::Train) >= 1);
    }

    #[test]
    fn a_divided_group_is_reported() {
        let mut members = vec![member(0, "anna"), member(0, "anna"), member(0, "ben")];
        members[0].given = Some(Split::Test);
        members[1].given = Some(Split::Train);
        let sides = assign(&members, 0.0, 0.0);
        let warning = crossing(&members, &sides, "clips.csv").expect("warning");
        assert!(warning.message.contains("`anna`") && !warning.is_error());
        assert!(crossing(&members[1..], &sides[1..], "clips.csv").is_none());
    }
}
