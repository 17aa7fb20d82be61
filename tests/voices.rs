//! What a phone says is what another hears, whichever codecs and whatever of ours lie between: judged by frequency, level,
//! delay and spectrum. (From a file to a leg into a recording: `stories/played-and-recorded.story`.)

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
            holds(&format!("{one}-{other}"), &text);
        }
    }
}

#[test]
fn in_a_conference_of_ten_all_hear_whoever_speaks_as_they_speak() {
    // Opus takes time to make: one of them has it, and nine tones at once are not what it is for.
    const PHONES: [(&str, &str); 10] = [
        ("alice", "PCMU"),
        ("bob", "PCMA"),
        ("carol", "G722"),
        ("dave", "L16/16000"),
        ("erin", "PCMU"),
        ("frank", "PCMA"),
        ("grace", "G722"),
        ("heidi", "L16/16000"),
        ("ivan", "PCMU"),
        ("judy", "opus"),
    ];
    let phones = || {
        PHONES
            .iter()
            .enumerate()
            .map(|(nth, (name, codec))| (name, codec, 300 + 170 * nth))
    };
    let each = |say: &dyn Fn(&str) -> String| PHONES.map(|(name, _)| say(name)).concat();
    let mut text = "scenario conference\n\
                    conference 8\\d\\d runs conference\n\
                    setting media.codecs L16/16000,opus,G722,PCMU,PCMA\n"
        .to_string();
    text += &format!("phones {}\n", PHONES.map(|(name, _)| name).join(" "));
    for (name, codec, hz) in phones() {
        text += &format!("{name} speaks {codec}\nat 0 {name} says {hz} Hz at -30 dB\n");
        text += &format!("at 0.1 {name} calls 801\n");
    }
    for (listener, _, _) in phones().filter(|(_, codec, _)| **codec != "opus") {
        for (speaker, _, hz) in phones() {
            text += &match listener == speaker {
                true => format!("at 2 expect never {listener} hears {hz} Hz\n"),
                false => format!("at 2 expect {listener} hears {hz} Hz at -30 dB\n"),
            };
        }
    }
    text += &each(&|name| format!("at 2 {name} says silence\n"));
    // One after the other.
    for (nth, speaker) in ["carol", "judy"].iter().enumerate() {
        let from = 2.5 + 3.5 * nth as f64;
        let to = from + 3.2;
        text += &format!("at {from} {speaker} says speech\n");
        text += &each(&|listener| match listener == *speaker {
            true => format!("at {to} expect never {listener} hears {speaker}'s speech\n"),
            false => format!("at {to} expect {listener} hears {speaker}'s speech within 0.1\n"),
        });
        text += &format!("at {to} {speaker} says silence\n");
    }
    text += &each(&|name| format!("at 10 {name} hangs up\n"));
    holds("conference", &text);
}

#[test]
fn whatever_goes_to_a_server_for_sockets_comes_back_as_it_was() {
    for (codec, encoding) in [
        ("PCMU", "OPUS"),
        ("PCMA", "PCM16_8KHZ"),
        ("G722", "PCM16_16KHZ"),
        ("L16/16000", "ALAW"),
        ("opus", "ULAW"),
    ] {
        let text = format!(
            "scenario echo\n```\n\
                 VoxEngine.addEventListener(AppEvents.CallAlerting, ({{ call }}) => {{\n\
                   const socket = VoxEngine.createWebSocket('wss://agent.example/echo');\n\
                   socket.addEventListener(WebSocketEvents.OPEN, () => {{\n\
                     socket.sendMediaTo(call);\n\
                     call.sendMediaTo(socket, {{ encoding: WebSocketAudioEncoding.{encoding} }});\n\
                   }});\n\
                   call.addEventListener(CallEvents.Disconnected, () => socket.close());\n\
                   call.answer();\n\
                 }});\n```\n\
                 socket agent at wss://agent.example/echo echoes\n\
                 phones alice\nalice speaks {codec}\n\
                 setting media.codecs L16/16000,opus,G722,PCMU,PCMA\n\
                 at 0 alice says speech\nat 0 alice calls 1\n\
                 at 4 expect alice hears alice's speech within 0.14\n\
                 at 4 alice says 440 Hz\n\
                 at 5 expect alice hears 440 Hz at -15 dB\n\
                 at 5 expect never alice hears 480 Hz\n\
                 at 5.1 alice hangs up\n"
        );
        holds(&format!("{codec}-{encoding}"), &text);
    }
}

#[track_caller]
fn holds(name: &str, text: &str) {
    let story = Story::parse(name, text).unwrap_or_else(|fault| panic!("{fault:?}\n{text}"));
    let find = |name: &str| std::fs::read_to_string(format!("scenarios/{name}.js")).ok();
    let played = play(&story, Instant::now(), &[], &find).expect("it can be played");
    assert_eq!(played.faults, Vec::<String>::new(), "{}", played.ladder);
}
