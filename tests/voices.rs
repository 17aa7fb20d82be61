//! What a phone says is what another hears, whichever codecs lie between: judged by frequency, level, delay and spectrum, in
//! both directions at once.

use std::time::Instant;

use switchhook::sim::story::{Story, play};

const CODECS: [&str; 5] = ["PCMU", "PCMA", "G722", "L16/16000", "opus"];

#[test]
fn whichever_codecs_two_phones_speak_they_hear_what_the_other_says() {
    for (nth, one) in CODECS.iter().enumerate() {
        for other in &CODECS[nth..] {
            // Relayed packet by packet nothing is late but by the codec itself; else by a frame, what the jitter buffer
            // holds, and the filters.
            let late = if one == other { 0.01 } else { 0.05 };
            let text = format!(
                "scenario forward\n```\nVoxEngine.forwardCallToUser();\n```\n\
                 phones alice bob\nusers bob\nalice speaks {one}\nbob speaks {other}\n\
                 setting media.codecs L16/16000,opus,G722,PCMU,PCMA\n\
                 bob answers after 0.1\nat 0 alice says speech\nat 0 bob says speech\n\
                 at 0 alice calls bob\n\
                 at 2.5 expect bob hears alice's speech within {late}\n\
                 at 2.5 expect alice hears bob's speech within {late}\n\
                 at 2.5 alice says 440 Hz\nat 2.5 bob says 1000 Hz at -20 dB\n\
                 at 3.2 expect bob hears 440 Hz at -15 dB\n\
                 at 3.2 expect alice hears 1000 Hz at -20 dB\n\
                 at 3.2 expect never alice hears 440 Hz\n\
                 at 3.3 bob hangs up\n"
            );
            let story = Story::parse(&format!("{one}-{other}"), &text).expect("it can be read");
            let played = play(&story, Instant::now(), &[], &|_| None).expect("it can be played");
            assert_eq!(played.faults, Vec::<String>::new(), "{}", played.ladder);
        }
    }
}
