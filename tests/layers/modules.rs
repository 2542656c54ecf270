//! Reads the modules of a crate and the paths in them, without compiling it.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::{Path, PathBuf},
    str::FromStr,
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One file of a crate.
#[derive(Debug)]
pub struct Module {
    /// The folder that the file is in.
    pub folder: PathBuf,
    /// The modules of the same crate that its paths lead to.
    pub uses: BTreeSet<String>,
    /// The names in its paths and imports, those of other crates included.
    pub names: BTreeSet<String>,
}

/// The modules of a crate by their paths: `graph::rows::user`; the root is empty.
#[derive(Debug)]
pub struct Modules(pub BTreeMap<String, Module>);

impl Modules {
    /// Reads all files below a folder.
    ///
    /// # Panics
    ///
    /// If a file cannot be read or is no Rust.
    pub fn read(root: &Path) -> Self {
        let mut files = Vec::new();
        list(root, &mut files);
        let module_of = |file: &Path| {
            let path = file.strip_prefix(root).unwrap().with_extension("");
            let mut parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            parts.pop_if(|last| ["mod", "lib", "main"].contains(&last.as_str()));
            parts
        };
        let mut sources = Vec::new();
        let mut for_tests = BTreeSet::new();
        for file in files {
            let (module, tokens) = (module_of(&file), tokens(&std::fs::read_to_string(&file).unwrap()));
            for_tests.extend(test_files(&tokens).into_iter().map(|name| [module.as_slice(), &[name]].concat()));
            sources.push((file, module, tokens));
        }
        sources.retain(|(_, module, _)| (1..=module.len()).all(|length| !for_tests.contains(&module[..length])));
        let known: BTreeSet<Vec<String>> = sources.iter().map(|(_, module, _)| module.clone()).collect();
        let mut modules: BTreeMap<String, Module> = BTreeMap::new();
        for (file, module, tokens) in &sources {
            let mut paths = Vec::new();
            collect(tokens, &mut paths);
            let mut uses: BTreeSet<String> = paths.iter().filter_map(|path| resolve(&known, module, path)).collect();
            uses.remove(&module.join("::"));
            // `lib.rs` and `main.rs` are both the root.
            let entry = modules.entry(module.join("::")).or_insert_with(|| Module {
                folder: file.parent().unwrap().to_owned(),
                uses: BTreeSet::new(),
                names: BTreeSet::new(),
            });
            entry.uses.extend(uses);
            entry.names.extend(paths.into_iter().flatten());
        }
        Self(modules)
    }

    /// The shortest chains of uses that lead from a module of one folder through another folder and back: one for each set of modules
    /// that use each other in a circle.
    pub fn cycles_between_folders(&self) -> Vec<Vec<&str>> {
        let reachable: BTreeMap<&str, BTreeSet<&str>> = self.0.keys().map(|name| (name.as_str(), self.reachable(name))).collect();
        let mut found: Vec<Vec<&str>> = Vec::new();
        let mut seen = BTreeSet::new();
        for (&from, used) in &reachable {
            let circle: BTreeSet<&str> = used.iter().copied().filter(|other| reachable[other].contains(from)).collect();
            if seen.is_superset(&circle) {
                continue;
            }
            let across = |a: &&str, b: &&str| self.0[*a].folder != self.0[*b].folder;
            let edges = circle.iter().flat_map(|a| self.0[*a].uses.iter().map(move |b| (*a, b.as_str())));
            let chains = edges.filter(|(a, b)| circle.contains(b) && across(a, b)).map(|(a, b)| {
                let mut chain = vec![a];
                chain.extend(self.chain(b, a));
                chain
            });
            found.extend(chains.min_by_key(Vec::len));
            seen.extend(circle);
        }
        found
    }

    /// All modules that a module uses, directly or through others.
    fn reachable(&self, from: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut next: Vec<&str> = self.0[from].uses.iter().map(String::as_str).collect();
        while let Some(name) = next.pop() {
            if seen.insert(name) {
                next.extend(self.0[name].uses.iter().map(String::as_str));
            }
        }
        seen
    }

    /// The shortest chain of uses from a module to another, which can be reached.
    fn chain<'a>(&'a self, from: &'a str, to: &str) -> Vec<&'a str> {
        let mut chains = VecDeque::from([vec![from]]);
        let mut seen = BTreeSet::new();
        while let Some(chain) = chains.pop_front() {
            let last = chain[chain.len() - 1];
            if last == to {
                return chain;
            }
            for used in &self.0[last].uses {
                if seen.insert(used.as_str()) {
                    chains.push_back(chain.iter().copied().chain([used.as_str()]).collect());
                }
            }
        }
        Vec::new()
    }
}

fn list(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

/// The module that a path in a module leads to, if it is one of this crate's. Names that were imported are not followed: their import was.
fn resolve(known: &BTreeSet<Vec<String>>, module: &[String], path: &[String]) -> Option<String> {
    let mut base = module.to_vec();
    let rest = match path.first()?.as_str() {
        "crate" => {
            base.clear();
            &path[1..]
        }
        "self" => &path[1..],
        "super" => {
            let up = path.iter().take_while(|part| *part == "super").count();
            base.truncate(base.len().saturating_sub(up));
            &path[up..]
        }
        first => {
            base.push(first.to_owned());
            if !known.contains(&base) {
                return None;
            }
            &path[1..]
        }
    };
    for part in rest {
        base.push(part.clone());
        if !known.contains(&base) {
            base.pop();
            break;
        }
    }
    Some(base.join("::"))
}

fn tokens(text: &str) -> Vec<TokenTree> {
    TokenStream::from_str(text).unwrap().into_iter().collect()
}

/// Collects paths, also those in macros: of imports whole, and elsewhere those of at least two parts. Tests are left out.
fn collect(tokens: &[TokenTree], out: &mut Vec<Vec<String>>) {
    let mut at = 0;
    while at < tokens.len() {
        if let Some((length, _)) = test_module(&tokens[at..]) {
            at += length;
            continue;
        }
        match &tokens[at..] {
            // What is `super` in a module inside of the file is the file's module.
            [TokenTree::Ident(word), TokenTree::Ident(_), TokenTree::Group(group), ..] if *word == "mod" => {
                let mut inside = Vec::new();
                collect(&group.stream().into_iter().collect::<Vec<_>>(), &mut inside);
                let outside = |path: Vec<String>| if path[0] == "super" { path[1..].to_vec() } else { path };
                out.extend(inside.into_iter().map(outside).filter(|path| !path.is_empty()));
                at += 3;
            }
            // A visibility names a module and uses nothing of it.
            [TokenTree::Ident(word), TokenTree::Group(group), ..] if *word == "pub" && group.delimiter() == Delimiter::Parenthesis => {
                at += 2
            }
            [TokenTree::Ident(ident), ..] if *ident == "use" => {
                let length = tokens[at..].iter().position(|token| is_punct(token, ';')).unwrap_or(tokens.len() - at);
                imports(&[], &tokens[at + 1..at + length], out);
                at += length;
            }
            [TokenTree::Ident(_), ..] => {
                let mut path = Vec::new();
                while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
                    path.push(ident.to_string());
                    at += 1;
                    let continues = [at, at + 1].iter().all(|at| tokens.get(*at).is_some_and(|token| is_punct(token, ':')));
                    if !continues {
                        break;
                    }
                    at += 2;
                }
                if path.len() > 1 {
                    out.push(path);
                }
            }
            [TokenTree::Group(group), ..] => {
                collect(&group.stream().into_iter().collect::<Vec<_>>(), out);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// The number of tokens of `#[cfg(test)] mod tests { … }` or `#[cfg(test)] mod tests;`, if they begin so, and the module's name.
fn test_module(tokens: &[TokenTree]) -> Option<(usize, String)> {
    let [hash, TokenTree::Group(attribute), ..] = tokens else { return None };
    if !is_punct(hash, '#') || attribute.to_string().replace(' ', "") != "[cfg(test)]" {
        return None;
    }
    let is_mod = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if *word == "mod");
    // Other attributes and the visibility can stand before it.
    let at = 2 + tokens[2..].iter().take(4).position(is_mod)?;
    match tokens.get(at + 1..at + 3)? {
        [TokenTree::Ident(name), _] => Some((at + 3, name.to_string())),
        _ => None,
    }
}

/// The modules that a file declares for tests alone.
fn test_files(tokens: &[TokenTree]) -> Vec<String> {
    (0..tokens.len()).filter_map(|at| test_module(&tokens[at..])).map(|(_, name)| name).collect()
}

/// The paths of a tree of imports.
fn imports(prefix: &[String], tree: &[TokenTree], out: &mut Vec<Vec<String>>) {
    // After a trailing comma comes nothing.
    for branch in tree.split(|token| is_punct(token, ',')).filter(|branch| !branch.is_empty()) {
        let mut path = prefix.to_vec();
        let mut group = None;
        for token in branch {
            match token {
                TokenTree::Ident(ident) if *ident == "as" => break,
                TokenTree::Ident(ident) if *ident == "self" && !path.is_empty() => {}
                TokenTree::Ident(ident) => path.push(ident.to_string()),
                TokenTree::Group(inner) if inner.delimiter() == Delimiter::Brace => group = Some(inner),
                _ => {}
            }
        }
        match group {
            Some(inner) => imports(&path, &inner.stream().into_iter().collect::<Vec<_>>(), out),
            None if !path.is_empty() => out.push(path),
            None => {}
        }
    }
}

fn is_punct(token: &TokenTree, letter: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == letter)
}
