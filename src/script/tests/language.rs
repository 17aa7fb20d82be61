//! The language as a scenario finds it.

use expect_test::{Expect, expect};

use super::*;

fn check(source: &str, told: Expect) {
    told.assert_eq(&Stage::started(source).told);
}

#[test]
fn scenarios_share_one_global_scope_in_their_order() {
    let mut stage = Stage::with(
        &Limits::default(),
        &[
            (
                "one.js",
                "const shared = 1; var also = 2; function f() { return shared + also } implicit = 3;",
            ),
            (
                "two.js",
                "trace(f() + implicit); VoxEngine.addEventListener(AppEvents.Started, (e) => trace(JSON.stringify(e)));",
            ),
            ("three.js", "let late = f(); trace(late); nothing();"),
        ],
    );
    stage.play(started());
    expect![[r#"
        ▸ Started
          log 6
          log 3
          FAULT Exception three.js:1:30: ReferenceError: nothing is not defined
            at the top level (three.js:1:30)
    "#]]
    .assert_eq(&stage.told);
}

#[test]
fn time_stands_still_and_is_utc() {
    check(
        "trace(new Date().toISOString());\n\
         trace(Date());\n\
         trace(Date.now() === +new Date());\n\
         const d = new Date(2024, 0, 2, 15, 4, 5);\n\
         trace(d.toISOString()); trace(d); trace(d.getHours() + ' ' + d.getTimezoneOffset());\n\
         trace(d.toLocaleString()); trace(d.toDateString()); trace(d.toTimeString());\n\
         trace(new Date('2024-01-02T10:00').getTime() + ' ' + new Date('2024-01-02T10:00+02:00').getTime());\n\
         trace(new Date('x'.repeat(300)) + ' ' + Date.parse('nonsense'));\n\
         trace(new Date(d) - d); trace(new Date({valueOf: () => 5}).getTime()); trace(new Date(null).getTime());\n\
         trace(d instanceof Date && new (class extends Date {})(7).getTime());\n\
         trace(`${Date.length} ${Date.name} ${d.constructor === Date} ${d.getYear()}`);\n\
         trace(new Date(NaN).getHours() + ' ' + new Date(-5).getTimezoneOffset());",
        expect![[r#"
            ▸ Started
              log 2023-11-14T22:13:20.123Z
              log Tue Nov 14 2023 22:13:20 GMT+0000 (UTC)
              log true
              log 2024-01-02T15:04:05.000Z
              log Tue Jan 02 2024 15:04:05 GMT+0000 (UTC)
              log 15 0
              log 01/02/2024, 03:04:05 PM
              log Tue Jan 02 2024
              log 15:04:05 GMT+0000 (UTC)
              log 1704189600000 1704182400000
              log Invalid Date NaN
              log 0
              log 5
              log 0
              log 7
              log 7 Date true 124
              log NaN 0
        "#]],
    );
}

#[test]
fn chance_comes_from_the_seed() {
    let source = "trace([Math.random(), Math.random(), uuidgen()].join(' '))";
    let (one, other) = (Stage::started(source).told, Stage::started(source).told);
    assert_eq!(one, other);
    check(
        "const r = []; for (let i = 0; i < 1000; i++) r.push(Math.random());\n\
           trace(r.every(x => x >= 0 && x < 1) + ' ' + new Set(r).size)",
        expect![[r#"
               ▸ Started
                 log true 1000
           "#]],
    );
}

#[test]
fn code_from_text_is_switched_off() {
    check(
        "const failing = (f) => { try { return f() } catch (e) { return e.message } };\n\
         trace(failing(() => eval('1+1')));\n\
         trace(failing(() => (0, eval)('1+1')));\n\
         trace(failing(() => new Function('a', 'return a')));\n\
         trace(failing(() => (() => {}).constructor('return 1')()));\n\
         trace(failing(() => (async () => {}).constructor('return 1')()));\n\
         trace(failing(() => (function* () {}).constructor('return 1')()));\n\
         trace(failing(() => setTimeout('trace(1)', 1)));\n\
         trace(eval(5));\n\
         trace(Function('return this')() === globalThis);\n\
         trace((() => {}) instanceof Function);",
        expect![[r#"
            ▸ Started
              log code cannot be made from text here: eval and Function are switched off
              log code cannot be made from text here: eval and Function are switched off
              log code cannot be made from text here: eval and Function are switched off
              log code cannot be made from text here: eval and Function are switched off
              log eval is not supported
              log eval is not supported
              log setTimeout: the callback is string, not a function
              log 5
              log true
              log true
        "#]],
    );
}

#[test]
fn nothing_outside_the_session_can_be_reached() {
    check(
        "trace(['std', 'os', 'process', 'SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry', 'DisposableStack',\n\
          'AsyncDisposableStack', 'performance', 'WebAssembly', 'fetch', 'host', 'global', 'dispatch', 'scriptArgs', 'MediaUnit'].filter(n => n in globalThis));\n\
         import('os').then(() => trace('imported'), (e) => trace('no: ' + e.message));",
        expect![[r#"
            ▸ Started
              log 
              log no: could not load module 'os'
        "#]],
    );
}

#[test]
fn the_language_is_of_today() {
    check(
        "'use strict';\n\
         class A { #x = 1; static s = 2; get x() { return this.#x ?? 0 } }\n\
         const { a, ...rest } = { a: 1, b: 2 };\n\
         trace([new A().x, A.s, rest?.b, [1, [2]].flat().at(-1), 2 ** 3, 10n, 'aXbX'.replaceAll('X', '-'), Object.fromEntries([['k', 1]]).k].join());\n\
         trace(/(?<y>\\d{4})/u.exec('in 2024').groups.y + 'a1b2'.replace(/\\d/g, (d) => d * 2) + [...'a-b'.matchAll(/[ab]/g)].length);\n\
         label: for (const [k, v] of new Map([[1, 2]])) { trace(k + v); continue label; }\n\
         (async () => { for await (const x of [Promise.resolve(1)]) trace(x); })();",
        expect![[r#"
            ▸ Started
              log 1,2,2,2,8,10,a-b-,1
              log 2024a2b42
              log 3
              log 1
        "#]],
    );
}

#[test]
fn built_ins_behind_bounds_behave_as_ever() {
    check(
        "trace(['ab'.repeat(2), 'a'.padStart(3, '-'), 'a,b'.split(','), 'a,b'.split(/,/, 1), 'aa'.replace('a', 'b'), 'x'.localeCompare('y')].join('|'));\n\
         trace([[1, 2, 3].indexOf(2), [3, 1, 2].sort().join(''), [1, 2].includes(3), [1, [2, [3]]].flat(Infinity).length, [1, 2, 3].fill(0, 1).join(), Array.from('abc', c => c + c).join()].join('|'));\n\
         trace([new Uint8Array([3, 1]).sort().join(), JSON.stringify({a: [1, undefined]}), JSON.parse('[1]', (k, v) => v).length, encodeURIComponent('ä'), parseInt('12px', 10), parseFloat('1.5')].join('|'));\n\
         trace(Array.prototype.join.call({length: 2, 0: 'a', 1: 'b'}) + [].concat([1], 2).slice(-1).reverse());\n\
         class B extends Array {} trace(B.from([1]) instanceof B);\n\
         try { null.repeat } catch (e) { trace(e.constructor.name) }\n\
         try { ''.repeat(-1) } catch (e) { trace(e.message) }\n\
         try { String.prototype.repeat.call(undefined, 2) } catch (e) { trace(e.constructor.name) }\n\
         try { 'x'.includes(/x/) } catch (e) { trace(e.constructor.name) }",
        expect![[r#"
            ▸ Started
              log abab|--a|a,b|a|ba|-1
              log 1|123|false|3|1,0,0|aa,bb,cc
              log 1,3|{"a":[1,null]}|1|%C3%A4|12|1.5
              log a,b2
              log true
              log TypeError
              log invalid repeat count
              log TypeError
              log TypeError
        "#]],
    );
}

#[test]
fn every_part_that_a_scenario_can_mention_is_there() {
    let names: Vec<_> = crate::script::api::mentionable().collect();
    let mut stage = Stage::new(&format!("// {}\ntrace(typeof Date)", names.join(" ")));
    stage.play(started());
    assert_eq!(stage.told, "▸ Started\n  log function\n");
    check(
        "trace(typeof globalThis['Da' + 'te'])",
        expect![[r#"
            ▸ Started
              log undefined
        "#]],
    );
}
