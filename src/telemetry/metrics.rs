//! The figures of `/metrics`: what has happened since the start, and what is alive now. Labels hold
//! response codes and names of rules, never numbers or names of people, so that their count is bounded.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::media::{Counters, Quality};
use crate::switchboard::{Alive, Count};

/// Renders the figures for a scraper.
#[derive(Clone)]
pub struct Figures(PrometheusHandle);

impl Figures {
    /// Makes the figures of the whole process.
    pub fn install() -> anyhow::Result<Figures> {
        let handle = PrometheusBuilder::new().install_recorder()?;
        describe();
        gauge!("switchhook_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Ok(Figures(handle))
    }

    /// In the text format of Prometheus.
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}

/// Something has happened.
pub fn count(count: &Count) {
    match count {
        Count::CallIncoming => counter!("switchhook_calls_incoming_total").increment(1),
        Count::CallRefused { code } => {
            counter!("switchhook_calls_refused_total", "code" => code.to_string()).increment(1);
        }
        Count::SessionFault => counter!("switchhook_session_faults_total").increment(1),
        Count::TransferAsked => counter!("switchhook_transfers_asked_total").increment(1),
        Count::TransferRefused { code, rule } => {
            let labels = [
                ("code", code.to_string()),
                ("rule", rule.label().to_string()),
            ];
            counter!("switchhook_transfers_refused_total", &labels).increment(1);
        }
        Count::ReferSent => counter!("switchhook_refers_sent_total").increment(1),
        Count::ReferEnded { code } => {
            counter!("switchhook_refers_ended_total", "code" => code.to_string()).increment(1);
        }
        Count::TransferEnded { code, took } => {
            counter!("switchhook_transfers_ended_total", "code" => code.to_string()).increment(1);
            histogram!("switchhook_transfer_verdict_seconds").record(*took);
        }
    }
}

/// The sound of a leg is over. Legs that nothing was heard on have no quality.
pub fn sound(counters: &Counters, quality: &Quality) {
    counter!("switchhook_rtp_received_total").increment(counters.received);
    counter!("switchhook_rtp_sent_total").increment(counters.sent);
    counter!("switchhook_rtp_lost_total").increment(quality.heard_lost);
    for (why, packets) in [
        ("stranger", counters.strangers),
        ("malformed", counters.malformed),
        ("unwanted", counters.unwanted),
        ("forged", counters.forged),
        ("replayed", counters.replayed),
    ] {
        counter!("switchhook_rtp_dropped_total", "why" => why).increment(packets);
    }
    if let Some(mos) = quality.heard_mos {
        histogram!("switchhook_leg_mos", "direction" => "heard").record(mos.as_f64());
        let seconds = f64::from(quality.heard_jitter_us) / 1e6;
        histogram!("switchhook_leg_jitter_seconds").record(seconds);
    }
    if let Some(mos) = quality.said_mos {
        histogram!("switchhook_leg_mos", "direction" => "said").record(mos.as_f64());
    }
    if let Some(us) = quality.round_trip_us {
        histogram!("switchhook_leg_round_trip_seconds").record(f64::from(us) / 1e6);
    }
}

/// What is alive at this moment.
pub fn alive(alive: &Alive) {
    gauge!("switchhook_sessions").set(alive.sessions as f64);
    gauge!("switchhook_calls").set(alive.calls as f64);
    gauge!("switchhook_transfers").set(alive.transfers as f64);
    gauge!("switchhook_rtp_ports").set(alive.ports_in_use as f64);
    gauge!("switchhook_sip_transactions").set(alive.sip.transactions as f64);
    gauge!("switchhook_sip_dialogs").set(alive.sip.dialogs as f64);
    gauge!("switchhook_sip_subscriptions").set(alive.sip.subscriptions as f64);
}

/// A turn of a script is over.
pub fn turn(took: Duration) {
    histogram!("switchhook_turn_seconds").record(took);
}

/// Ticks of the sound have run: by how much the latest of them was late.
pub fn tick(late: Duration) {
    histogram!("switchhook_media_tick_late_seconds").record(late);
}

/// Script threads that were given up since the start.
pub fn abandoned(threads: usize) {
    gauge!("switchhook_script_threads_abandoned").set(threads as f64);
}

/// The switchboard was busy with one thing for long.
pub fn slow_step() {
    counter!("switchhook_slow_steps_total").increment(1);
}

/// A step was skipped by a bug of ours.
pub fn bug() {
    counter!("switchhook_bugs_total").increment(1);
}

fn describe() {
    describe_counter!(
        "switchhook_rtp_received_total",
        "RTP packets of peers, counted when their leg ends"
    );
    describe_counter!(
        "switchhook_rtp_sent_total",
        "RTP packets to peers, counted when their leg ends"
    );
    describe_counter!(
        "switchhook_rtp_lost_total",
        "RTP packets of peers that did not come, counted when their leg ends"
    );
    describe_counter!(
        "switchhook_rtp_dropped_total",
        "RTP packets that were not taken: of strangers, malformed, or of a payload that nobody agreed to"
    );
    describe_histogram!(
        "switchhook_leg_mos",
        "How a leg sounded (E-model, 1 to 4.5): what its peer sent, and what we sent as far as the peer reports on it"
    );
    describe_histogram!(
        "switchhook_leg_jitter_seconds",
        "How unevenly the sound of a leg came in (RFC 3550)"
    );
    describe_histogram!(
        "switchhook_leg_round_trip_seconds",
        "From us to a leg's peer and back, by its reports"
    );
    describe_histogram!("switchhook_turn_seconds", "How long turns of scripts took");
    describe_histogram!(
        "switchhook_media_tick_late_seconds",
        "How late what is played, mixed or transcoded was, at worst in each round of the media thread"
    );
    describe_gauge!(
        "switchhook_script_threads_abandoned",
        "Script threads that were wedged and given up"
    );
    describe_counter!(
        "switchhook_slow_steps_total",
        "Steps of the switchboard that took longer than 20 ms"
    );
    describe_counter!(
        "switchhook_sip_dropped_total",
        "SIP messages lost for want of room, coming in or going out"
    );
    describe_counter!(
        "switchhook_sip_connections_refused_total",
        "SIP connections closed at once because there are too many"
    );
    describe_counter!(
        "switchhook_sockets_total",
        "WebSockets of scenarios that were opened or failed, and messages on them that nobody reads"
    );
    describe_counter!(
        "switchhook_socket_frames_dropped_total",
        "Frames of sound that a server did not take in time"
    );
    describe_counter!(
        "switchhook_socket_trace_faults_total",
        "WebSockets of which no more was kept, because it could not be written"
    );
    describe_counter!(
        "switchhook_bugs_total",
        "Steps that were skipped by a bug of the program itself"
    );
    describe_gauge!("switchhook_recordings", "Recordings under way");
    describe_counter!(
        "switchhook_recording_faults_total",
        "Recordings that could not begin, or that ended before they were told to"
    );
    describe_counter!(
        "switchhook_recording_frames_dropped_total",
        "Pieces of 20 ms that are silence in a recording, because the disk was behind"
    );
    describe_counter!("switchhook_calls_incoming_total", "Calls that came in");
    describe_counter!(
        "switchhook_calls_refused_total",
        "Calls that no session was started for, by the code they got"
    );
    describe_counter!(
        "switchhook_session_faults_total",
        "Sessions that ended by a fault of their script"
    );
    describe_counter!("switchhook_transfers_asked_total", "REFERs that came in");
    describe_counter!(
        "switchhook_transfers_refused_total",
        "REFERs that were refused, by code and by the rule of the firewall (session: not by it)"
    );
    describe_counter!(
        "switchhook_transfers_ended_total",
        "Transfers that got their verdict, by code: 200 done, others failed"
    );
    describe_counter!(
        "switchhook_refers_sent_total",
        "REFERs of ours: far ends that scripts have asked to call somebody else"
    );
    describe_counter!(
        "switchhook_refers_ended_total",
        "What came of REFERs of ours, by code: 200 done, others failed"
    );
    describe_counter!(
        "switchhook_posts_total",
        "Messages to status URLs: delivered, failed after every try, dropped for want of room"
    );
    describe_counter!(
        "switchhook_http_requests_total",
        "Requests to servers outside: answered, forbidden, timeout, failed"
    );
    describe_counter!(
        "switchhook_asr_utterances_total",
        "Utterances that scenarios have had recognised: recognised, failed"
    );
    describe_counter!(
        "switchhook_asr_frames_dropped_total",
        "Frames that services which recognise speech did not take in time"
    );
    describe_histogram!(
        "switchhook_transfer_verdict_seconds",
        "From a REFER to the verdict on it"
    );
    describe_counter!(
        "switchhook_records_dropped_total",
        "Call records that did not fit while the disk was full"
    );
    describe_gauge!("switchhook_build_info", "The version that runs");
    describe_gauge!("switchhook_sessions", "Running sessions");
    describe_gauge!("switchhook_calls", "Calls of all sessions");
    describe_gauge!("switchhook_transfers", "Transfers without a verdict yet");
    describe_gauge!("switchhook_rtp_ports", "RTP port pairs in use");
    describe_gauge!("switchhook_sip_transactions", "Open SIP transactions");
    describe_gauge!("switchhook_sip_dialogs", "Open SIP dialogs");
    describe_gauge!("switchhook_sip_subscriptions", "Open SIP subscriptions");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::switchboard::Rule;

    #[test]
    fn figures_are_counted_and_rendered_with_their_description() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let figures = Figures(recorder.handle());
        metrics::with_local_recorder(&recorder, || {
            describe();
            count(&Count::CallIncoming);
            count(&Count::CallIncoming);
            count(&Count::TransferEnded {
                code: 486,
                took: Duration::from_millis(1500),
            });
            count(&Count::TransferRefused {
                code: 403,
                rule: Rule::Deny,
            });
            alive(&Alive {
                sessions: 3,
                ..Alive::default()
            });
        });
        let text = figures.render();
        for line in [
            "# HELP switchhook_calls_incoming_total Calls that came in",
            "# TYPE switchhook_calls_incoming_total counter",
            "switchhook_calls_incoming_total 2",
            "switchhook_transfers_ended_total{code=\"486\"} 1",
            "switchhook_transfer_verdict_seconds_sum 1.5",
            "switchhook_transfers_refused_total{code=\"403\",rule=\"targets.deny\"} 1",
            "switchhook_sessions 3",
        ] {
            assert!(text.lines().any(|have| have == line), "{line}\n{text}");
        }
    }
}
