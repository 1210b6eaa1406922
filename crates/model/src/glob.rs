//! Globs: `*` stands for any text, `?` for one character.

/// Returns whether a glob matches the whole of a text.
#[must_use]
pub fn glob_matches(glob: &str, text: &str) -> bool {
    let (glob, text): (Vec<char>, Vec<char>) = (glob.chars().collect(), text.chars().collect());
    let (mut at, mut place) = (0, 0);
    // The last `*`, and how much of the text it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        match glob.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == text[place] => {
                at += 1;
                place += 1;
            }
            _ => {
                let Some((star_at, taken)) = star else { return false };
                star = Some((star_at, taken + 1));
                at = star_at + 1;
                place = taken + 1;
            }
        }
    }
    glob[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::glob_matches;

    #[test]
    fn a_glob_matches_the_whole_text() {
        assert!(glob_matches("a*c?e", "abbccde"));
        assert!(glob_matches("*", ""));
        assert!(!glob_matches("a", "ab"));
        assert!(!glob_matches("?", ""));
        // In time that does not grow with the number of stars.
        assert!(!glob_matches(&"*a".repeat(30), &"a".repeat(29)));
    }
}
