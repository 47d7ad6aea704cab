//! Which known name somebody meant who wrote an unknown one.

/// The nearest of `known`, if it is near enough to be meant: a third of the letters may be wrong.
pub(crate) fn nearest(wrong: &str, known: impl IntoIterator<Item = String>) -> Option<String> {
    let allowed = (wrong.chars().count() / 3).max(1);
    let near = known.into_iter().map(|name| (distance(wrong, &name), name));
    near.filter(|(distance, _)| *distance <= allowed).min().map(|(_, name)| name)
}

/// How many letters have to be inserted, removed, replaced or swapped with their neighbour (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, b) in right.iter().enumerate() {
            let replaced = above[column] + usize::from(a != b);
            let mut least = replaced.min(above[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *a == right[column - 1] && left[row - 1] == *b {
                least = least.min(before[column - 1] + 1);
            }
            current.push(least);
        }
        before = std::mem::replace(&mut above, current);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = || ["listen", "public_url", "refresh_min_age"].map(str::to_owned);
        assert_eq!(nearest("lsiten", known()), Some("listen".into()));
        assert_eq!(nearest("refresh_minage", known()), Some("refresh_min_age".into()));
        assert_eq!(nearest("pubilc_ulr", known()), Some("public_url".into()));
        assert_eq!(nearest("mailbox", known()), None);
    }

    #[test]
    fn the_distance_counts_slips() {
        for (left, right, expected) in [("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(left, right), expected, "{left} {right}");
        }
    }
}
