//! House rules that no compiler checks.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Every file that git knows, or would know.
fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("git").current_dir(root).args(["ls-files", "--cached", "--others", "--exclude-standard"]).output().unwrap();
    assert!(output.status.success(), "git lists the files");
    let names = String::from_utf8(output.stdout).unwrap();
    names.lines().map(|name| root.join(name)).filter(|path| path.is_file()).collect()
}

fn sources() -> impl Iterator<Item = (PathBuf, String)> {
    let rust = files().into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.filter_map(|path| Some((path.clone(), std::fs::read_to_string(&path).ok()?)))
}

#[test]
fn files_begin_with_what_they_are() {
    for (path, text) in sources().filter(|(path, _)| !path.components().any(|part| part.as_os_str() == "proto")) {
        assert!(text.starts_with("//!"), "{} does not say what it is", path.display());
    }
}

#[test]
fn files_can_be_read_in_one_sitting() {
    for (path, text) in sources().filter(|(path, _)| !path.components().any(|part| part.as_os_str() == "proto")) {
        let lines = text.lines().count();
        assert!(lines <= 600, "{} has {lines} lines: two things live in one room", path.display());
    }
}

#[test]
fn nothing_is_promised_and_not_kept() {
    let promises = [concat!("to", "do!("), concat!("unimpl", "emented!("), concat!("dbg", "!("), concat!("FIX", "ME"), concat!("TO", "DO")];
    for (path, text) in sources() {
        for promise in promises {
            assert!(!text.contains(promise), "{} says {promise}", path.display());
        }
    }
}

/// The Markdown files that a text names, each with the heading after `#` if there is one. Addresses on the web are left out.
fn cited(text: &str) -> Vec<(String, Option<String>)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let mut found = Vec::new();
    for (at, _) in text.match_indices(".md") {
        let rest = &text[at + 3..];
        if rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let begin = text[..at].rfind(|c: char| !is_part(c)).map_or(0, |before| before + 1);
        // An address on the web, or a placeholder.
        if begin == at
            || text[..at].rsplit(char::is_whitespace).next().is_some_and(|word| word.contains("://"))
            || text[..begin].ends_with('}')
        {
            continue;
        }
        let anchor = rest.strip_prefix('#').map(|rest| {
            let end = rest.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')).unwrap_or(rest.len());
            rest[..end].to_owned()
        });
        found.push((text[begin..at + 3].to_owned(), anchor));
    }
    found
}

/// The anchors of a Markdown file's headings, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim().to_lowercase());
    let kept = |c: &char| c.is_alphanumeric() || *c == ' ' || *c == '-' || *c == '_';
    headings.map(|heading| heading.chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

/// What is wrong with a citation that stands in a file in `folder`.
fn mistake(folder: &Path, document: &str, anchor: Option<&str>) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some(path) = [folder.join(document), root.join(document)].into_iter().find(|path| path.is_file()) else {
        return Some(format!("{document} does not exist"));
    };
    let anchor = anchor?;
    let text = std::fs::read_to_string(path).unwrap();
    (!anchors(&text).iter().any(|known| known == anchor)).then(|| format!("{document} has no heading #{anchor}"))
}

/// The comment of a line of Rust. `//` inside of an address begins none.
fn comment(line: &str) -> &str {
    let begins = |at: &usize| line[..*at].chars().next_back().is_none_or(char::is_whitespace);
    line.match_indices("//").map(|(at, _)| at).find(begins).map_or("", |at| &line[at..])
}

/// Documents that comments once cited, and that nobody has who reads them.
const GONE: [&str; 2] = [concat!("service-", "behaviour"), concat!("protocol-", "facts")];

/// Comments and documents cite files of this repository, and headings that are there.
#[test]
fn cited_documents_exist() {
    let mut mistakes = Vec::new();
    for path in files() {
        let rust = path.extension().is_some_and(|extension| extension == "rs");
        if !rust && path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            for name in GONE {
                if line.contains(name) {
                    mistakes.push(format!("{}:{}: {name} is not in this repository", path.display(), number + 1));
                }
            }
            // Of code, the comments: what a program reads or writes is its own affair.
            let line = if rust { comment(line) } else { line };
            for (document, anchor) in cited(line) {
                if let Some(mistake) = mistake(path.parent().unwrap(), &document, anchor.as_deref()) {
                    mistakes.push(format!("{}:{}: {mistake}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn a_citation_that_leads_nowhere_is_found() {
    let line = "see docs/services/pim.md#rules, <https://example.com/a.md>, README.md and docs/{name}.md.";
    let expected = [("docs/services/pim.md".to_owned(), Some("rules".to_owned())), ("README.md".to_owned(), None)];
    assert_eq!(cited(line), expected);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert_eq!(mistake(root, "docs/services/pim.md", Some("rules")), None);
    assert!(mistake(root, "docs/services/pim.md", Some("no-such-heading")).is_some());
    assert!(mistake(root, concat!("service-", "behaviour.md"), None).is_some());
}

/// Modules that the table of a folder's first file names: rows whose first cell has names in backquotes, below "| module |".
fn tabled_modules(text: &str) -> Vec<&str> {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let table = lines.skip_while(|line| !line.starts_with("| module |")).skip(1).take_while(|line| line.starts_with('|'));
    table.filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn tables_of_modules_name_modules_that_exist() {
    let mut tables = 0;
    let mut mistakes = Vec::new();
    for (path, text) in sources() {
        let modules = tabled_modules(&text);
        tables += usize::from(!modules.is_empty());
        let folder = path.parent().unwrap();
        for name in modules.into_iter().filter(|name| !folder.join(format!("{name}.rs")).is_file() && !folder.join(name).is_dir()) {
            mistakes.push(format!("{} has `{name}` in its table of modules", path.display()));
        }
    }
    assert!(tables > 0, "no table of modules is found");
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// Files of this repository that documents name in backquotes, as `src/azure/error/mod.rs`.
#[test]
fn files_that_documents_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src/", "framework/", "emulator/", "macros/", "cli/", "tests/", "proto/", "examples/", "docs/", ".ci/"];
    let mut mistakes = Vec::new();
    for path in files().into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for name in text.split('`').skip(1).step_by(2) {
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
            if plain && folders.iter().any(|folder| name.starts_with(folder)) && !root.join(name).exists() {
                mistakes.push(format!("{} names {name}", path.display()));
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// Each fact about a service says how it is known, and from where.
#[test]
fn facts_have_a_mark_and_a_source() {
    const MARKS: [&str; 4] = ["documented", "recorded", "observed", "assumed"];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/services");
    let mut facts = 0;
    let mut mistakes = Vec::new();
    for path in files().into_iter().filter(|path| path.starts_with(&folder)) {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut columns: Option<(usize, usize)> = None;
        for line in text.lines() {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let column = |name: &str| cells.iter().position(|cell| *cell == name);
            if !line.starts_with('|') {
                columns = None;
            } else if let (Some(mark), Some(source)) = (column("Mark"), column("Source")) {
                columns = Some((mark, source));
            } else if let Some((mark, source)) = columns.filter(|_| !line.starts_with("|---")) {
                facts += 1;
                let marked = cells.get(mark).is_some_and(|cell| MARKS.iter().any(|mark| cell.contains(mark)));
                if !marked || cells.get(source).is_none_or(|cell| cell.is_empty()) {
                    mistakes.push(format!("{}: {line}", path.display()));
                }
            }
        }
    }
    assert!(facts > 100, "only {facts} facts are found");
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// Whether a Rust file declares something of that name.
fn declares(text: &str, name: &str) -> bool {
    let kinds = ["fn", "struct", "enum", "trait", "const", "static", "type", "mod"];
    kinds.iter().any(|kind| {
        let declaration = format!("{kind} {name}");
        text.match_indices(&declaration).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + declaration.len()..].chars().next();
            before.is_none_or(|c| !c.is_alphanumeric()) && after.is_none_or(|c| !(c.is_alphanumeric() || c == '_'))
        })
    })
}

/// A question of CONTRIBUTING.md with its answer.
struct Question {
    text: String,
    /// What the answer names: `file` (`name`, `name`).
    places: Vec<Place>,
}

/// A file, and what an answer says is in it.
struct Place {
    file: String,
    names: Vec<String>,
}

fn questions() -> Vec<Question> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTRIBUTING.md")).unwrap();
    let section = text.split("\n## ").find(|section| section.starts_with("Ten questions")).expect("the section of the ten questions");
    let numbered = |line: &&str| line.split_once(". **").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    let mut questions: Vec<String> = Vec::new();
    for line in section.lines() {
        match questions.last_mut() {
            _ if numbered(&line) => questions.push(line.to_owned()),
            Some(question) => *question = format!("{question} {}", line.trim()),
            None => {}
        }
    }
    let place = |text: &str, at: usize| Place {
        file: text[..at].rsplit('`').next().unwrap().to_owned(),
        names: text[at + 3..].split(')').next().unwrap().split('`').skip(1).step_by(2).map(str::to_owned).collect(),
    };
    let places = |text: &str| text.match_indices("` (`").map(|(at, _)| place(text, at)).collect();
    questions.into_iter().map(|text| Question { places: places(&text), text }).collect()
}

#[test]
fn the_answers_of_contributing_exist() {
    let questions = questions();
    assert_eq!(questions.len(), 10, "ten questions");
    let mut mistakes = Vec::new();
    for Question { text, places } in questions {
        if places.is_empty() {
            mistakes.push(format!("no file and function: {text}"));
        }
        for Place { file, names } in places {
            let Ok(text) = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)) else {
                mistakes.push(format!("{file} does not exist"));
                continue;
            };
            mistakes.extend(names.iter().filter(|name| !declares(&text, name)).map(|name| format!("{file} has no `{name}`")));
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn only_a_declaration_of_the_whole_name_counts() {
    assert!(declares("pub(super) async fn send(&self)", "send"));
    assert!(declares("    fn plain<T>(", "plain"));
    assert!(!declares("fn send_to(", "send") && !declares("self.send()", "send") && !declares("often send", "send"));
}

#[test]
fn every_test_on_a_tenant_that_lags_looks_into_it() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let (lags, looks) = (concat!("Profile::", "Realistic"), concat!(".holds_", "again("));
    for (path, text) in sources().filter(|(path, _)| path.starts_with(&tests)) {
        let (lags, looks) = (text.matches(lags).count(), text.matches(looks).count());
        assert!(looks >= lags, "{}: after a destroy under lag the tenant is looked at, not only Terraform's exit code", path.display());
    }
}

/// Texts of services and other people pass through one function where they leave.
#[test]
fn only_these_files_print() {
    let printers = [
        "cli/src/terminal.rs",
        "framework/src/plugin/log/mod.rs",
        "framework/src/plugin/panics.rs",
        "framework/src/plugin/mod.rs",
        "framework/src/plugin/run.rs",
    ];
    let prints = [concat!("print", "ln!("), concat!("print", "!("), concat!("std", "out()"), concat!("std", "err()")];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, text) in sources() {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let is_product = ["cli/src/", "framework/src/", "src/"].iter().any(|folder| name.starts_with(folder));
        if !is_product || name.contains("/tests") || printers.contains(&name.as_str()) {
            continue;
        }
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            assert!(!prints.iter().any(|print| line.contains(print)), "{name} prints: {line}");
        }
    }
}
