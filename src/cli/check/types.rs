//! `--types`: what TypeScript's own compiler says of the scenarios and their tests, where it is installed. It gets a
//! project of its own, outside of the folder, with the declarations of this very program.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};

use serde_json::json;

use crate::scenario::check::{Code, Finding, Severity, Source};
use crate::scenario::source::ENDINGS;
use crate::scenario::{Fault, Rules};

const API: &str = include_str!("../../../js-api.d.ts");
const TEST_API: &str = include_str!("../../../js-api-test.d.ts");

/// Rules of several scenarios that are compiled as a whole; each costs a run of the compiler.
const MOST_RULES: usize = 50;

/// What the compiler finds in the scenarios at `at` and in `tests`.
pub fn check(at: &Path, sources: &[Source], rules: &Rules, tests: &[String]) -> Vec<Finding> {
    let Ok(root) = fs::canonicalize(at) else {
        // That the folder is not there has been told.
        return Vec::new();
    };
    let cannot = |message: String| {
        let fault = Fault::new(&at.display().to_string(), 1, 1, message);
        vec![Finding::of(fault, Severity::Error, Code::Type)]
    };
    let Some(compiler) = compiler(&root) else {
        let message = "--types needs TypeScript's compiler, and `tsc` is neither in a node_modules above this folder \
                       nor on the PATH: `npm install --save-dev typescript`";
        return cannot(message.to_string());
    };
    let mut findings = Vec::new();
    for (files, shared) in programs(sources, rules, tests) {
        let paths: Vec<PathBuf> = files.iter().map(|file| root.join(file)).collect();
        let said = Project::make(&root, &paths, shared).and_then(|project| {
            let run = project.run(&compiler);
            project.remove();
            run
        });
        match said {
            Ok(said) => findings.extend(read(&said, &root, at)),
            Err(reason) => {
                let message = format!("`{}` cannot be run: {reason}", compiler.display());
                return cannot(message);
            }
        }
    }
    findings
}

/// The files that are compiled together, and whether they share one global scope.
fn programs(sources: &[Source], rules: &Rules, tests: &[String]) -> Vec<(Vec<String>, bool)> {
    let file = |source: &Source| {
        let name = Path::new(&source.file).file_name();
        name.map(|name| name.to_string_lossy().into_owned())
    };
    let mut together: BTreeSet<Vec<String>> = BTreeSet::new();
    for rule in rules.rules.iter().filter(|rule| rule.scenarios.len() > 1) {
        let of = |name: &String| sources.iter().find(|source| source.name == *name);
        let files = rule.scenarios.iter().filter_map(of).filter_map(file);
        together.insert(files.collect());
    }
    let in_company: BTreeSet<&String> = together.iter().flatten().collect();
    let alone = sources.iter().filter_map(file);
    let alone = alone.filter(|file| !in_company.contains(file));
    let is_script = |file: &&String| ENDINGS.iter().any(|ending| file.ends_with(ending));
    let tests = tests.iter().filter(is_script).cloned();
    let alone: Vec<String> = alone.chain(tests).collect();
    let shared = together.iter().take(MOST_RULES);
    let shared = shared.map(|files| (files.clone(), true));
    let all = [(alone, false)].into_iter().chain(shared);
    all.filter(|(files, _)| !files.is_empty()).collect()
}

/// The compiler of the project that the folder belongs to, or of the machine.
fn compiler(root: &Path) -> Option<PathBuf> {
    let here = env::current_dir().ok();
    let above = root
        .ancestors()
        .chain(here.iter().flat_map(|here| here.ancestors()));
    let local = above.map(|folder| folder.join("node_modules/.bin/tsc"));
    let path = env::var_os("PATH").unwrap_or_default();
    let machine = env::split_paths(&path).map(|folder| folder.join("tsc"));
    local.chain(machine).find(|file| file.is_file())
}

/// A folder with `tsconfig.json` and the declarations.
struct Project {
    folder: PathBuf,
    root: PathBuf,
}

impl Project {
    fn make(root: &Path, files: &[PathBuf], shared: bool) -> io::Result<Project> {
        let project = Project {
            folder: fresh()?,
            root: root.to_path_buf(),
        };
        let written = project.write(root, files, shared);
        if written.is_err() {
            project.remove();
        }
        written.map(|()| project)
    }

    fn write(&self, root: &Path, files: &[PathBuf], shared: bool) -> io::Result<()> {
        let declarations = [("js-api.d.ts", API), ("js-api-test.d.ts", TEST_API)];
        let mut all: Vec<PathBuf> = files.to_vec();
        for (name, text) in declarations {
            fs::write(self.folder.join(name), text)?;
            all.push(self.folder.join(name));
        }
        // How strict it is, the folder itself says where it has a configuration.
        let configs = ["tsconfig.json", "jsconfig.json"];
        let own = configs.map(|name| root.join(name));
        let own = own.into_iter().find(|file| file.is_file());
        let scope = if shared { "legacy" } else { "force" };
        let mut options = json!({
            "allowJs": true, "noEmit": true, "skipLibCheck": true, "types": [], "moduleDetection": scope,
            "composite": false, "incremental": false,
        });
        let mut config = json!({ "files": all, "include": [] });
        match own {
            Some(own) => config["extends"] = json!(own),
            None => {
                options["target"] = json!("es2022");
                options["lib"] = json!(["es2022"]);
                options["checkJs"] = json!(true);
            }
        }
        config["compilerOptions"] = options;
        fs::write(self.folder.join("tsconfig.json"), config.to_string())
    }

    fn run(&self, compiler: &Path) -> io::Result<String> {
        let output = Command::new(compiler)
            .arg("--project")
            .arg(self.folder.join("tsconfig.json"))
            .args(["--pretty", "false"])
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        // 1 and 2 are its words for findings; without any there is another reason.
        if !output.status.success() && read(&said, &self.root, &self.root).is_empty() {
            let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
            let first = wrong
                .lines()
                .chain(said.lines())
                .find(|line| !line.trim().is_empty());
            return Err(io::Error::other(match first {
                Some(line) => line.to_string(),
                None => output.status.to_string(),
            }));
        }
        Ok(said)
    }

    fn remove(&self) {
        // What is left over costs a few kilobytes of a temporary folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A new folder that nobody else can write to.
fn fresh() -> io::Result<PathBuf> {
    let mut number = 0;
    loop {
        let name = format!("switchhook-types-{}-{number}", process::id());
        let folder = env::temp_dir().join(name);
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {
                number += 1
            }
            Err(error) => return Err(error),
        }
    }
}

/// What the compiler says, in our form: `name.js(3,7): error TS2339: Property … does not exist`. Lines that are set
/// in say more of the one before.
fn read(said: &str, root: &Path, at: &Path) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for line in said.lines() {
        if line.starts_with(char::is_whitespace) {
            if let Some(last) = findings.last_mut() {
                last.message.push_str(": ");
                last.message.push_str(line.trim());
            }
            continue;
        }
        findings.extend(finding(line, root, at));
    }
    findings
}

fn finding(line: &str, root: &Path, at: &Path) -> Option<Finding> {
    let (place, said) = match line.split_once("): error ") {
        Some((place, said)) => (place, said),
        // Of the project as a whole.
        None => ("", line.strip_prefix("error ")?),
    };
    let (number, message) = said.split_once(": ")?;
    let message = format!("{} ({number})", message.trim_end_matches('.'));
    let fault = match place.rsplit_once('(') {
        None => Fault::new(&at.display().to_string(), 1, 1, message),
        Some((file, spot)) => {
            let (line, column) = spot.split_once(',')?;
            let file = root.join(file);
            let shown = match file.strip_prefix(root) {
                Ok(name) => at.join(name),
                Err(_) => file.clone(),
            };
            let shown = shown.display().to_string();
            Fault::new(&shown, line.parse().ok()?, column.parse().ok()?, message)
        }
    };
    Some(Finding::of(fault, Severity::Error, Code::Type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_compiler_says_is_told_in_our_form() {
        let said = "a.ts(3,7): error TS2339: Property 'x' does not exist on type 'Call'.\n\
            b.js(1,1): error TS2345: Argument is wrong.\n  Types of property are incompatible.\n\
            error TS5023: Unknown compiler option 'y'.\nFound 3 errors.\n";
        let findings = read(said, Path::new("/full/calls"), Path::new("calls"));
        let told: Vec<String> = findings
            .iter()
            .map(|finding| format!("{}: {}", finding.place, finding.message))
            .collect();
        assert_eq!(
            told,
            [
                "calls/a.ts:3:7: Property 'x' does not exist on type 'Call' (TS2339)",
                "calls/b.js:1:1: Argument is wrong (TS2345): Types of property are incompatible.",
                "calls:1:1: Unknown compiler option 'y' (TS5023)",
            ]
        );
    }
}
