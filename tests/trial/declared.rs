//! `js-api-test.d.ts` says what a test has, and nothing else.

use std::collections::BTreeSet;

use switchhook::cli::Reporter;

use crate::folder::played;

const DECLARED: &str = include_str!("../../js-api-test.d.ts");

/// Lists every member of everything that a test gets, then fails, so that the ladder is shown.
const LISTING: &str = r#"
const list = (name, object) => {
  const prototype = Object.getPrototypeOf(object);
  for (const [member, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (member === "constructor") continue;
    console.log(`fact ${name}.${member}${typeof value === "function" ? "/" + value.length : ""}`);
  }
};
test("listing", async (t) => {
  const alice = t.phone("alice").answersAfter(0);
  const bob = t.phone("bob");
  const call = await bob.call("alice");
  list("Trial", t);
  list("TestNetwork", t.network);
  list("TestServer", t.http("https://example.com"));
  list("TestSocket", t.socket("wss://example.com"));
  list("TestStorage", t.storage);
  list("TestPhone", alice);
  list("TestCall", call);
  list("TestTransfer", bob.refer("alice"));
  list("Expectation", expect(1));
  throw "listed";
});
"#;

#[test]
fn the_declarations_say_what_a_test_has_and_nothing_else() {
    let scenario =
        "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => call.answer());";
    let files = [("a.js", scenario), ("a.test.js", LISTING)];
    let (_, text) = played(&files, |options| options.reporter = Reporter::Pretty);
    let facts = text.lines().filter_map(|line| line.split_once("fact "));
    let listed: BTreeSet<String> = facts.map(|(_, fact)| fact.to_string()).collect();
    let declared = declared();
    assert!(listed.len() > 60, "{text}");
    let missing: Vec<_> = declared.difference(&listed).collect();
    let silent: Vec<_> = listed.difference(&declared).collect();
    assert!(
        missing.is_empty() && silent.is_empty(),
        "declared, but not there: {missing:#?}\nthere, but not declared: {silent:#?}"
    );
}

/// Members as `Interface.member/parameters`; each with a sentence of its own.
fn declared() -> BTreeSet<String> {
    let classes = [
        "Trial",
        "TestNetwork",
        "TestServer",
        "TestSocket",
        "TestStorage",
        "TestPhone",
        "TestCall",
        "TestTransfer",
        "Expectation",
    ];
    let (mut open, mut documented) = ("", false);
    let mut facts = BTreeSet::new();
    for line in DECLARED.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("interface ") {
            open = rest.split(' ').next().unwrap();
        } else if line == "}" {
            open = "";
        } else if !line.is_empty()
            && !line.starts_with("//")
            && classes.contains(&open)
            && !line.starts_with("/**")
        {
            assert!(documented, "{line} has no sentence");
            let member = line.strip_prefix("readonly ").unwrap_or(line);
            let name: String = member.chars().take_while(|c| c.is_alphanumeric()).collect();
            let is_method = !line.starts_with("readonly ");
            facts.insert(match is_method {
                true => format!("{open}.{name}/{}", parameters(&member[name.len()..])),
                false => format!("{open}.{name}"),
            });
        }
        documented = line.starts_with("/**");
    }
    facts
}

/// How many parameters stand between the first parenthesis and its end.
fn parameters(declaration: &str) -> usize {
    let text = declaration.replace("=>", "  ");
    let start = text.find('(').expect("a method has parameters") + 1;
    let (mut depth, mut count) = (0, 0);
    let (mut some, mut rest) = (false, false);
    for c in text[start..].chars() {
        match c {
            ')' if depth == 0 => return count + usize::from(some) - usize::from(rest),
            '(' | '<' | '[' | '{' => depth += 1,
            ')' | '>' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => count += 1,
            // `length` does not count it either.
            '.' if depth == 0 => rest = true,
            _ => {}
        }
        some |= !c.is_whitespace();
    }
    panic!("{declaration} has no end");
}

#[test]
fn parameters_are_counted() {
    for (text, count) in [
        ("(): void;", 0),
        ("<T>(a: () => T, b?: string): T;", 2),
        ("(a: { x: number, y?: [number, number] }): void;", 1),
        ("(a: string, ...rest: (string | { x: number })[]): void;", 1),
    ] {
        assert_eq!(parameters(text), count, "{text}");
    }
}
