//! A crate's sources as a tree of modules: what each defines, imports and names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, Meta, UseTree, Visibility};

/// The number of imports that a name is followed through before it counts as unknown.
const DEPTH: usize = 16;

/// A library or program, parsed. Test modules are left out.
#[derive(Debug)]
pub(super) struct CrateSource {
    pub(super) package: String,
    /// The root comes first.
    pub(super) modules: Vec<Module>,
}

/// A module, in a file of its own or inline.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// The file, relative to the workspace root.
    pub(super) file: PathBuf,
    /// True if the module is the whole file.
    pub(super) owns_file: bool,
    pub(super) parent: Option<usize>,
    /// The types that the module makes public, each with its line.
    pub(super) public_types: Vec<(String, usize)>,
    children: BTreeMap<String, usize>,
    items: BTreeSet<String>,
    imports: Vec<Import>,
    /// Paths named outside of imports.
    paths: Vec<NamedPath>,
}

#[derive(Debug)]
struct Import {
    /// The name it binds; `None` for a glob.
    name: Option<String>,
    path: Vec<String>,
    line: usize,
    /// Passes a name on (`pub use`), which is no use of it.
    re_exports: bool,
}

#[derive(Debug)]
struct NamedPath {
    path: Vec<String>,
    line: usize,
}

/// The target of a name.
enum Found {
    Module(usize),
    /// An item of that module.
    Item(usize),
}

impl Found {
    fn module(&self) -> usize {
        match self {
            Self::Module(module) | Self::Item(module) => *module,
        }
    }
}

impl CrateSource {
    /// Parses a crate from its root file.
    pub(super) fn parse(root: &Path, package: &str, file: &Path) -> anyhow::Result<Self> {
        let mut source = Self { package: package.to_owned(), modules: Vec::new() };
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        source.add_file(root, file, &folder, None)?;
        Ok(source)
    }

    /// Adds a file and the files of its modules; `folder` holds the latter.
    fn add_file(&mut self, root: &Path, file: &Path, folder: &Path, parent: Option<usize>) -> anyhow::Result<usize> {
        let text =
            std::fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {}", file.display()))?;
        let syntax = syn::parse_file(&text).map_err(|error| {
            anyhow::anyhow!("{}:{}: does not parse: {error}", file.display(), error.span().start().line)
        })?;
        let module = self.add_module(file, true, parent);
        self.add_items(root, module, &syntax.items, folder)?;
        Ok(module)
    }

    fn add_module(&mut self, file: &Path, owns_file: bool, parent: Option<usize>) -> usize {
        self.modules.push(Module { file: file.to_owned(), owns_file, parent, ..Module::default() });
        self.modules.len() - 1
    }

    fn add_items(&mut self, root: &Path, module: usize, items: &[Item], folder: &Path) -> anyhow::Result<()> {
        for item in items.iter().filter(|item| !is_test(attributes(item))) {
            let Item::Mod(inner) = item else {
                Collector { module: &mut self.modules[module] }.visit_item(item);
                continue;
            };
            let name = inner.ident.to_string();
            let inner_folder = folder.join(&name);
            let child = if let Some((_, items)) = &inner.content {
                let file = self.modules[module].file.clone();
                let child = self.add_module(&file, false, Some(module));
                self.add_items(root, child, items, &inner_folder)?;
                child
            } else {
                let beside = self.modules[module].file.parent().unwrap_or(Path::new(""));
                let candidates = match stated_path(&inner.attrs) {
                    Some(path) => vec![beside.join(path)],
                    None => vec![folder.join(format!("{name}.rs")), inner_folder.join("mod.rs")],
                };
                let Some(file) = candidates.iter().find(|file| root.join(file).is_file()) else {
                    anyhow::bail!("{}: module `{name}` has no file", self.modules[module].file.display());
                };
                self.add_file(root, file, &inner_folder, Some(module))?
            };
            self.modules[module].children.insert(name, child);
        }
        Ok(())
    }

    /// The imports between files: each pair of files with the first line of it.
    pub(super) fn imports_between_files(&self) -> BTreeMap<(&Path, &Path), usize> {
        let mut edges = BTreeMap::new();
        for (index, module) in self.modules.iter().enumerate() {
            let imports = module.imports.iter().filter(|import| !import.re_exports);
            let imported = imports.map(|import| (&import.path, import.line));
            let named = module.paths.iter().map(|named| (&named.path, named.line));
            for (path, line) in imported.chain(named) {
                let Some(found) = self.resolve(index, path, DEPTH) else { continue };
                let target = self.modules[found.module()].file.as_path();
                if target != module.file {
                    let first = edges.entry((module.file.as_path(), target)).or_insert(line);
                    *first = line.min(*first);
                }
            }
        }
        edges
    }

    /// The file of the module around a file's module, if the file is not the root.
    pub(super) fn parent_file(&self, file: &Path) -> Option<&Path> {
        let module = self.modules.iter().find(|module| module.owns_file && module.file == file)?;
        let mut parent = &self.modules[module.parent?];
        while !parent.owns_file {
            parent = &self.modules[parent.parent?];
        }
        Some(&parent.file)
    }

    /// Follows a path from a module to the module that defines its item. Names of other crates lead nowhere.
    fn resolve(&self, from: usize, path: &[String], depth: usize) -> Option<Found> {
        let depth = depth.checked_sub(1)?;
        let mut at = from;
        let mut rest = path;
        let mut is_inside = false;
        while let Some((first, others)) = rest.split_first() {
            match first.as_str() {
                "crate" => at = 0,
                "self" => {}
                "super" => at = self.modules[at].parent?,
                _ => break,
            }
            (rest, is_inside) = (others, true);
        }
        for name in rest {
            match self.look_up(at, name, depth) {
                Some(Found::Module(module)) => at = module,
                Some(item) => return Some(item),
                // Made by a macro, or a name of another crate.
                None => return is_inside.then_some(Found::Item(at)),
            }
            is_inside = true;
        }
        is_inside.then_some(Found::Module(at))
    }

    fn look_up(&self, module: usize, name: &str, depth: usize) -> Option<Found> {
        let depth = depth.checked_sub(1)?;
        let at = &self.modules[module];
        if let Some(child) = at.children.get(name) {
            return Some(Found::Module(*child));
        }
        if at.items.contains(name) {
            return Some(Found::Item(module));
        }
        if let Some(import) = at.imports.iter().find(|import| import.name.as_deref() == Some(name)) {
            return self.resolve(module, &import.path, depth);
        }
        let globs = at.imports.iter().filter(|import| import.name.is_none());
        globs.filter_map(|import| self.resolve(module, &import.path, depth)).find_map(|found| match found {
            Found::Module(other) if other != module => self.look_up(other, name, depth),
            _ => None,
        })
    }
}

/// Collects what an item defines, imports and names.
struct Collector<'a> {
    module: &'a mut Module,
}

impl Collector<'_> {
    fn public_type(&mut self, visibility: &Visibility, name: &syn::Ident) {
        if matches!(visibility, Visibility::Public(_)) {
            self.module.public_types.push((name.to_string(), name.span().start().line));
        }
    }

    fn named(&mut self, path: Vec<String>, line: usize) {
        self.module.paths.push(NamedPath { path, line });
    }

    /// Reads the paths in the tokens of a macro, and the types that it may define.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        let mut before: [String; 2] = Default::default();
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    let text = ident.to_string();
                    let is_type = matches!(before[1].as_str(), "struct" | "enum" | "trait" | "union" | "type");
                    if is_type && before[0] == "pub" {
                        self.module.public_types.push((text.clone(), ident.span().start().line));
                    }
                    if is_type {
                        self.module.items.insert(text.clone());
                    }
                    if colons != 2 || path.is_empty() {
                        self.finish(&mut path, line);
                        line = ident.span().start().line;
                    }
                    path.push(text.clone());
                    colons = 0;
                    before = [std::mem::take(&mut before[1]), text];
                }
                TokenTree::Punct(punct) => {
                    if punct.as_char() == ':' {
                        colons += 1;
                    } else {
                        self.finish(&mut path, line);
                        colons = 0;
                    }
                    before = Default::default();
                }
                TokenTree::Group(group) => {
                    self.finish(&mut path, line);
                    colons = 0;
                    before = Default::default();
                    self.tokens(group.stream());
                }
                TokenTree::Literal(_) => {
                    self.finish(&mut path, line);
                    colons = 0;
                    before = Default::default();
                }
            }
        }
        self.finish(&mut path, line);
    }

    fn finish(&mut self, path: &mut Vec<String>, line: usize) {
        // Single words of a macro are arguments, mostly, and what they name is imported by a `use`.
        if path.len() > 1 {
            self.named(std::mem::take(path), line);
        }
        path.clear();
    }

    fn import(&mut self, tree: &UseTree, prefix: &[String], re_exports: bool) {
        let joined = |name: &syn::Ident| {
            let mut path = prefix.to_vec();
            // `use a::{self}` names `a`.
            if name != "self" || path.is_empty() {
                path.push(name.to_string());
            }
            path
        };
        let (name, path, line) = match tree {
            UseTree::Path(inner) => return self.import(&inner.tree, &joined(&inner.ident), re_exports),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, prefix, re_exports));
            }
            UseTree::Name(name) => {
                let path = joined(&name.ident);
                (path.last().cloned(), path, name.ident.span().start().line)
            }
            UseTree::Rename(rename) => {
                (Some(rename.rename.to_string()), joined(&rename.ident), rename.ident.span().start().line)
            }
            UseTree::Glob(glob) => (None, prefix.to_vec(), glob.star_token.spans[0].start().line),
        };
        self.module.imports.push(Import { name, path, line, re_exports });
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_test(attributes(item)) {
            return;
        }
        let name = match item {
            Item::Struct(item) => {
                self.public_type(&item.vis, &item.ident);
                Some(&item.ident)
            }
            Item::Enum(item) => {
                self.public_type(&item.vis, &item.ident);
                Some(&item.ident)
            }
            Item::Union(item) => {
                self.public_type(&item.vis, &item.ident);
                Some(&item.ident)
            }
            Item::Trait(item) => {
                self.public_type(&item.vis, &item.ident);
                Some(&item.ident)
            }
            Item::Type(item) => {
                self.public_type(&item.vis, &item.ident);
                Some(&item.ident)
            }
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Const(item) => Some(&item.ident),
            Item::Static(item) => Some(&item.ident),
            Item::Macro(item) => item.ident.as_ref(),
            Item::Use(item) => {
                let re_exports = !matches!(item.vis, Visibility::Inherited);
                return self.import(&item.tree, &[], re_exports);
            }
            // Inside of a function: too rare to follow.
            Item::Mod(_) => return,
            _ => None,
        };
        self.module.items.extend(name.map(ToString::to_string));
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let is_test_only = matches!(item, ImplItem::Fn(function) if is_test(&function.attrs));
        if !is_test_only {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let line = path.segments.first().map_or(0, |first| first.ident.span().start().line);
            self.named(path.segments.iter().map(|segment| segment.ident.to_string()).collect(), line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    /// `pub(in crate::a)` is no use of `a`; attributes name no items of the crate.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

/// Returns whether a thing is compiled for tests only.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let words = match &attribute.meta {
            Meta::List(list) if attribute.path().is_ident("cfg") => list.tokens.to_string(),
            _ => return attribute.path().is_ident("test"),
        };
        let has = |word: &str| words.split(|char: char| !char.is_alphanumeric() && char != '_').any(|it| it == word);
        has("test") && !has("not")
    })
}

fn stated_path(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if attribute.path().is_ident("path") => match &pair.value {
            syn::Expr::Lit(literal) => match &literal.lit {
                syn::Lit::Str(path) => Some(path.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
