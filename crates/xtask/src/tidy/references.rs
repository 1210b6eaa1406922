//! Every reference resolves: facts by id, checks, suites and faults by name, pages and their anchors, paths of the tree.
//!
//! | form | where | resolves to |
//! |---|---|---|
//! | ``fact `id` ``, ``facts `a`, `b` `` | comments, prose | a heading of `docs/facts.md` that begins with the id in backticks |
//! | `facts: a, b; a remark` | strings, knowledge | the same |
//! | a letter and two digits, such as `C06` | everywhere | the same, if facts of that letter exist |
//! | ``check `name` ``, ``suite `name` ``, ``fault `name` `` | docs, comments | a heading of `docs/checks.md` and so on |
//! | `docs/page.md`, `docs/page.md#anchor` | everywhere | the page, and a heading or `id` of it |
//! | `[text](target#anchor)` | Markdown | a file beside the page, and a heading or `id` of it |
//! | a path that begins with a top-level folder | Markdown, comments | a file or folder |

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use regex::Regex;

use super::text::{anchors, comments, defined_names, prose};
use super::{RuleViolation, Workspace, settings};

/// The page of the facts.
const FACTS: &str = "docs/facts.md";

/// Words before a name in backticks, and the page that defines the name.
const NAMED: [(&str, &str); 3] =
    [("check", "docs/checks.md"), ("suite", "docs/suites.md"), ("fault", "docs/faults.md")];

/// Endings of the files that are read.
const ENDINGS: [&str; 8] = ["rs", "toml", "md", "py", "sh", "yml", "yaml", "html"];

/// Asserts that every reference in code, knowledge, messages and docs resolves.
pub fn check(workspace: &Workspace) -> Vec<RuleViolation> {
    let mut checker = match Checker::new(workspace) {
        Ok(checker) => checker,
        Err(violation) => return vec![violation],
    };
    for file in workspace.files.iter().filter(|file| is_read(workspace, file)) {
        if let Some(text) = workspace.text(file) {
            checker.file(file, &text);
        }
    }
    checker.violations
}

fn is_read(workspace: &Workspace, file: &Path) -> bool {
    let name = file.to_string_lossy();
    let is_skipped = workspace.settings.references.skip.iter().any(|start| name.starts_with(start.as_str()));
    let has_ending = file.extension().is_some_and(|it| ENDINGS.iter().any(|ending| it == *ending));
    !is_skipped && (has_ending || name.starts_with(".ci/"))
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant that the tests compile")
}

struct Checker<'a> {
    workspace: &'a Workspace,
    violations: Vec<RuleViolation>,
    facts: BTreeSet<String>,
    /// The names that each page of `NAMED` defines.
    names: BTreeMap<&'static str, BTreeSet<String>>,
    leftovers: Vec<(Regex, &'a str)>,
    quoted_facts: Regex,
    listed_facts: Regex,
    short_facts: Regex,
    named: Vec<(Regex, &'static str)>,
    page: Regex,
    link: Regex,
    path: Regex,
    quoted: Regex,
}

impl<'a> Checker<'a> {
    fn new(workspace: &'a Workspace) -> Result<Self, RuleViolation> {
        let leftovers = workspace.settings.references.leftovers.iter().map(|leftover| {
            let regex = Regex::new(&leftover.pattern).map_err(|error| {
                let line = workspace.settings_line(&leftover.pattern);
                RuleViolation::new(
                    settings::PATH,
                    line,
                    format!("no regular expression: {error}"),
                    "correct the pattern",
                )
            })?;
            Ok((regex, leftover.remedy.as_str()))
        });
        let defined = |page: &str| workspace.text(page).map(|text| defined_names(&text)).unwrap_or_default();
        let facts = defined(FACTS);
        let is_short = |id: &&String| id.len() == 3 && id.as_bytes()[0].is_ascii_uppercase();
        let letters: BTreeSet<char> = facts.iter().filter(is_short).filter_map(|id| id.chars().next()).collect();
        let letters = if letters.is_empty() { "P".to_owned() } else { letters.into_iter().collect() };
        let quoted_list =
            |word: &str| format!(r"\b{word}s?\s+((?:`[^`]+`)(?:(?:,\s*|\s+)(?:and\s+|or\s+|to\s+)?`[^`]+`)*)");
        // Every path of the tree begins with a folder, and ends in an ending or a slash.
        let folders: BTreeSet<String> = workspace
            .files
            .iter()
            .filter(|file| file.components().count() > 1)
            .filter_map(|file| Some(regex::escape(file.components().next()?.as_os_str().to_str()?)))
            .collect();
        let folders = folders.into_iter().collect::<Vec<_>>().join("|");
        Ok(Self {
            workspace,
            violations: Vec::new(),
            facts,
            names: NAMED.iter().map(|(_, page)| (*page, defined(page))).collect(),
            leftovers: leftovers.collect::<Result<_, _>>()?,
            quoted_facts: pattern(&quoted_list("fact")),
            listed_facts: pattern(r"\bfacts: (`?[A-Za-z][A-Za-z0-9-]*`?(?:, `?[A-Za-z][A-Za-z0-9-]*`?)*)"),
            short_facts: pattern(&format!(r"\b[{letters}][0-9]{{2}}\b")),
            named: NAMED.iter().map(|(word, page)| (pattern(&quoted_list(word)), *page)).collect(),
            page: pattern(r"\bdocs/[A-Za-z0-9_/-]+\.md(?:#[A-Za-z0-9_-]+)?"),
            link: pattern(r"\[[^\]]*\]\(([^)\s]+)\)"),
            path: pattern(&format!(
                r"(?:^|[^\w./$}}-])((?:{folders})/(?:[\w.-]+/)*(?:[\w-]+\.[A-Za-z]{{1,5}}\b|[\w-]+/))"
            )),
            quoted: pattern(r"`([^`]+)`"),
        })
    }

    fn report(&mut self, file: &Path, line: usize, problem: String, remedy: &str) {
        self.violations.push(RuleViolation::new(file, line, problem, remedy));
    }

    fn file(&mut self, file: &Path, text: &str) {
        for (index, line) in text.lines().enumerate() {
            self.leftovers(file, index + 1, line);
            self.facts(file, index + 1, line);
            self.pages(file, index + 1, line);
        }
        if file.extension().is_some_and(|it| it == "md") {
            for (number, line) in prose(text) {
                self.links(file, number, line);
                self.names(file, number, line);
                self.paths(file, number, line);
            }
        } else if file.extension().is_some_and(|it| it == "rs") {
            for (number, comment) in comments(text) {
                self.names(file, number, comment);
                self.paths(file, number, comment);
            }
        } else {
            let comments =
                text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, line.split_once("# ")?.1)));
            for (number, comment) in comments {
                self.paths(file, number, comment);
            }
        }
    }

    fn leftovers(&mut self, file: &Path, number: usize, line: &str) {
        let found: Vec<(String, &str)> = self
            .leftovers
            .iter()
            .filter_map(|(regex, remedy)| Some((regex.find(line)?.as_str().to_owned(), *remedy)))
            .collect();
        for (text, remedy) in found {
            self.report(file, number, format!("`{text}` is a form of reference that is gone"), remedy);
        }
    }

    fn facts(&mut self, file: &Path, number: usize, line: &str) {
        let mut cited = BTreeSet::new();
        for captures in self.quoted_facts.captures_iter(line) {
            cited.extend(self.quoted.captures_iter(&captures[1]).map(|id| id[1].to_owned()));
        }
        if !is_markdown(file) {
            for captures in self.listed_facts.captures_iter(line) {
                // A field that is named `facts` has an expression for a value.
                let rest = &line[captures.get(0).map_or(0, |found| found.end())..];
                if is_rust(file) && rest.starts_with(['(', '.', ':', '<', '_']) {
                    continue;
                }
                let ids = captures[1].split(", ").map(|id| id.trim_matches('`'));
                cited.extend(ids.filter(|id| is_fact_id(id)).map(str::to_owned));
            }
        }
        cited.extend(self.short_facts.find_iter(line).map(|id| id.as_str().to_owned()));
        for id in cited {
            if !self.facts.contains(&id) {
                self.report(
                    file,
                    number,
                    format!("no fact has the id `{id}`"),
                    "correct the id, or add a heading with it to docs/facts.md",
                );
            }
        }
    }

    /// References by name; a page that does not exist yet defines nothing, and is reported where it is generated.
    fn names(&mut self, file: &Path, number: usize, line: &str) {
        let mut missing = Vec::new();
        for (regex, page) in &self.named {
            let defined = &self.names[page];
            for captures in regex.captures_iter(line).filter(|_| !defined.is_empty()) {
                let names = self.quoted.captures_iter(&captures[1]).map(|name| name[1].to_owned());
                // `check` is a verb, too: what follows is a name of a check only if it looks like one.
                let is_name = |name: &String| is_kebab(name) && (name.contains('-') || *page != "docs/checks.md");
                let unknown = names.filter(is_name).filter(|name| !defined.contains(name));
                missing.extend(unknown.map(|name| (name, *page)));
            }
        }
        for (name, page) in missing {
            self.report(
                file,
                number,
                format!("{page} does not define `{name}`"),
                "correct the name, or run `cargo xtask docs` if it is new",
            );
        }
    }

    fn pages(&mut self, file: &Path, number: usize, line: &str) {
        let targets: Vec<String> = self.page.find_iter(line).map(|found| found.as_str().to_owned()).collect();
        for target in targets {
            self.target(file, number, Path::new(""), &target);
        }
    }

    fn links(&mut self, file: &Path, number: usize, line: &str) {
        let without_code = self.quoted.replace_all(line, "").into_owned();
        let targets: Vec<String> = self.link.captures_iter(&without_code).map(|it| it[1].to_owned()).collect();
        for target in targets.iter().filter(|target| !target.contains("://") && !target.starts_with("mailto:")) {
            let folder = file.parent().unwrap_or(Path::new("")).to_owned();
            if let Some(anchor) = target.strip_prefix('#') {
                self.anchor(file, number, file, anchor);
            } else {
                self.target(file, number, &folder, target);
            }
        }
    }

    fn target(&mut self, file: &Path, number: usize, folder: &Path, target: &str) {
        let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
        let path = normal(&folder.join(path));
        if !self.workspace.root.join(&path).exists() {
            self.report(file, number, format!("`{target}` does not exist"), "correct the reference, or add the page");
        } else if let Some(anchor) = anchor.filter(|_| is_markdown(&path)) {
            self.anchor(file, number, &path, anchor);
        }
    }

    fn anchor(&mut self, file: &Path, number: usize, page: &Path, anchor: &str) {
        let text = self.workspace.text(page).unwrap_or_default();
        if !anchors(&text).contains(anchor) {
            self.report(
                file,
                number,
                format!("{} has no heading `#{anchor}`", page.display()),
                "correct the anchor, or add the heading",
            );
        }
    }

    fn paths(&mut self, file: &Path, number: usize, line: &str) {
        let missing: Vec<String> = self
            .path
            .captures_iter(line)
            .map(|captures| captures[1].to_owned())
            .filter(|path| !self.page.is_match(path) && !self.workspace.root.join(path).exists())
            .collect();
        for path in missing {
            self.report(file, number, format!("`{path}` does not exist"), "correct the path");
        }
    }
}

/// Whether a file is Rust code.
fn is_rust(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "rs")
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "md")
}

fn is_kebab(name: &str) -> bool {
    name.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-')
}

/// Returns whether a word is formed like the id of a fact: `C06`, `auth-failures`.
fn is_fact_id(word: &str) -> bool {
    let bytes = word.as_bytes();
    is_kebab(word) || (bytes[0].is_ascii_uppercase() && bytes.len() > 1 && bytes[1..].iter().all(u8::is_ascii_digit))
}

/// Takes `.` and `..` out of a path.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}
