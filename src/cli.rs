//! What the program is told on its command line or by its environment.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::sim::crowd::Hardships;
use crate::sip::transport::Transport;

pub mod check;
pub mod journal;
pub mod replay;
pub mod route;
pub mod simulate;
pub mod test;

/// Programmable call control that you host yourself: SIP calls decided by JavaScript.
#[derive(Debug, Parser)]
#[command(
    name = "switchhook",
    version,
    about,
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub serve: Serve,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer phones and trunks (the default command)
    Serve(Serve),
    /// Name everything that is wrong with scenarios, rules and configuration, without a call
    Check(Check),
    /// Say which rule takes a number, and why the others do not
    Route(Route),
    /// Play the tests that lie beside the scenarios (NAME.test.js or NAME.test.ts), in virtual time
    Test(Test),
    /// Print a recorded session: who said what, and what the script heard, did and logged
    Journal(JournalFile),
    /// Play a recorded session again and show what differs: 0 nothing, 1 something, 2 it cannot be played
    Replay(Replay),
    /// Let many simulated callers dial the numbers of the rules, and say what came of it
    Simulate(Simulate),
    /// Play a call, a blind transfer and the hang-up over loopback, and check every step
    Demo(Demo),
}

/// Which scenarios and which configuration.
#[derive(Clone, Debug, Args)]
pub struct Folder {
    /// The folder of the scenarios and their rules
    #[arg(
        value_name = "SCENARIOS",
        default_value = "./scenarios",
        env = "SWITCHHOOK_SCENARIOS"
    )]
    pub scenarios: PathBuf,
    /// The configuration [default: ./switchhook.json where it exists]
    #[arg(long, value_name = "FILE", env = "SWITCHHOOK_CONFIG")]
    pub config: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub struct Check {
    #[command(flatten)]
    pub folder: Folder,
    /// Let TypeScript's compiler check the types as well; it must be installed (`tsc`)
    #[arg(long, env = "SWITCHHOOK_TYPES")]
    pub types: bool,
    /// Exit with 1 where there are warnings, too
    #[arg(long, env = "SWITCHHOOK_STRICT")]
    pub strict: bool,
    /// How the findings are written
    #[arg(
        long,
        value_name = "FORM",
        default_value = "pretty",
        env = "SWITCHHOOK_CHECK_REPORTER"
    )]
    pub reporter: CheckReporter,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckReporter {
    /// Lines for people, each with its line of the source
    #[default]
    Pretty,
    /// One JSON object a line
    Json,
}

#[derive(Clone, Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub folder: Folder,
    /// Where to listen for SIP; may be given more than once
    #[arg(
        long,
        value_name = "URI",
        default_values = ["udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"],
        value_delimiter = ',',
        env = "SWITCHHOOK_SIP"
    )]
    pub sip: Vec<ListenUri>,
    /// The UDP ports for sound
    #[arg(
        long,
        value_name = "FROM-TO",
        default_value = "10000-19999",
        env = "SWITCHHOOK_RTP_PORTS"
    )]
    pub rtp_ports: PortRange,
    /// Where registrations and call records are kept
    #[arg(
        long,
        value_name = "DIR",
        default_value = "./data",
        env = "SWITCHHOOK_DATA"
    )]
    pub data: PathBuf,
    /// Where /healthz and /metrics are answered
    #[arg(
        long,
        value_name = "ADDR",
        default_value = "127.0.0.1:8080",
        env = "SWITCHHOOK_HTTP"
    )]
    pub http: SocketAddr,
    #[command(flatten)]
    pub log: Log,
}

#[derive(Clone, Debug, Args)]
pub struct Log {
    /// How the log is written
    #[arg(
        long = "log",
        value_name = "FORM",
        default_value = "text",
        env = "SWITCHHOOK_LOG"
    )]
    pub form: LogForm,
    /// Say more; twice: everything
    #[arg(short, long, action = clap::ArgAction::Count, env = "SWITCHHOOK_VERBOSE")]
    pub verbose: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Clone, Debug, Args)]
pub struct Route {
    /// The dialled number or user name
    pub number: String,
    #[command(flatten)]
    pub folder: Folder,
}

#[derive(Clone, Debug, Args)]
pub struct Test {
    #[command(flatten)]
    pub folder: Folder,
    /// Only the tests whose file and name hold this
    #[arg(long, value_name = "TEXT", env = "SWITCHHOOK_FILTER")]
    pub filter: Option<String>,
    /// Where chance begins: the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1, env = "SWITCHHOOK_SEED")]
    pub seed: u64,
    /// Keep the ladders that tests compare as they are now (NAME.test.ladders)
    #[arg(long, env = "SWITCHHOOK_UPDATE")]
    pub update: bool,
    /// How the outcome is written
    #[arg(
        long,
        value_name = "FORM",
        default_value = "pretty",
        env = "SWITCHHOOK_REPORTER"
    )]
    pub reporter: Reporter,
    /// Say which lines of the scenarios ran: for people (text) or for machines (lcov)
    #[arg(
        long,
        value_name = "FORM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "text"
    )]
    pub coverage: Option<CoverageForm>,
    /// Where that is written; without it, behind the outcome
    #[arg(long, value_name = "FILE", requires = "coverage")]
    pub coverage_out: Option<PathBuf>,
    /// Play what has changed again, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CoverageForm {
    /// A line for each scenario
    Text,
    /// What CI servers and editors read
    Lcov,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Reporter {
    /// Lines for people; a failed test with all that was said
    #[default]
    Pretty,
    /// XML for CI servers
    Junit,
    /// One JSON object a line
    Json,
}

#[derive(Clone, Debug, Args)]
pub struct JournalFile {
    /// A file of DATA/journals
    pub file: PathBuf,
}

#[derive(Clone, Debug, Args)]
pub struct Replay {
    /// A file of DATA/journals
    pub file: PathBuf,
    /// The folder of the scenarios
    #[arg(
        value_name = "SCENARIOS",
        default_value = "./scenarios",
        env = "SWITCHHOOK_SCENARIOS"
    )]
    pub scenarios: PathBuf,
    /// Write a test instead (NAME.test.js), in which phones do what they did
    #[arg(long)]
    pub as_test: bool,
    /// A scenario to play instead of the one of its name, or of the only one; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub scenario: Vec<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub struct Simulate {
    #[command(flatten)]
    pub folder: Folder,
    /// How many callers there are
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1000,
        env = "SWITCHHOOK_CALLS"
    )]
    pub calls: u64,
    /// Where chance begins: the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1, env = "SWITCHHOOK_SEED")]
    pub seed: u64,
    /// Threads that play them; as many as there are cores where it is not said
    #[arg(long, value_name = "N", env = "SWITCHHOOK_WORKERS")]
    pub workers: Option<NonZeroUsize>,
    /// What may go wrong: loss, delay, double, reorder, impatience, glare, vanish (with commas), all or none
    #[arg(
        long,
        value_name = "KINDS",
        default_value = "all",
        env = "SWITCHHOOK_CHAOS"
    )]
    pub chaos: Hardships,
    /// Play this caller alone, and show all that was said
    #[arg(long, value_name = "NUMBER")]
    pub caller: Option<u64>,
    /// How the outcome is written
    #[arg(long, value_name = "FORM", default_value = "pretty")]
    pub reporter: Form,
    /// Say on standard error which turns of scripts took longest
    #[arg(long)]
    pub timings: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Lines for people
    #[default]
    Pretty,
    /// One JSON object a line
    Json,
}

#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// The folder of the scenarios and their rules
    #[arg(
        value_name = "SCENARIOS",
        default_value = "./scenarios",
        env = "SWITCHHOOK_SCENARIOS"
    )]
    pub scenarios: PathBuf,
    #[command(flatten)]
    pub log: Log,
}

/// `udp:127.0.0.1:5060`: a transport and an address to bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenUri {
    pub transport: Transport,
    pub address: SocketAddr,
}

/// Ports from an even one on, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    pub first: u16,
    pub last: u16,
}

impl FromStr for ListenUri {
    type Err = String;

    fn from_str(text: &str) -> Result<ListenUri, String> {
        let (scheme, address) = text
            .split_once(':')
            .ok_or("write a transport and an address, e.g. udp:0.0.0.0:5060")?;
        let transport = match scheme.to_ascii_lowercase().as_str() {
            "udp" => Transport::Udp,
            "tcp" => Transport::Tcp,
            "tls" | "ws" | "wss" => return Err(format!("{scheme} is not supported yet")),
            _ => return Err(format!("`{scheme}` is no transport; there are udp and tcp")),
        };
        let address = address.strip_prefix("//").unwrap_or(address);
        let address = address.parse().map_err(|_| {
            format!("`{address}` is no address with a port, such as 0.0.0.0:5060 or [::]:5060")
        })?;
        Ok(ListenUri { transport, address })
    }
}

impl FromStr for PortRange {
    type Err = String;

    fn from_str(text: &str) -> Result<PortRange, String> {
        let ports = text.split_once('-').and_then(|(first, last)| {
            Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
        });
        let (first, last): (u16, u16) = ports.ok_or("write two port numbers, e.g. 10000-19999")?;
        // RTP takes the even port of a pair and RTCP the odd one above it.
        let first = first.checked_add(first % 2).unwrap_or(first);
        if first < 1024 || last <= first {
            return Err("the range must hold a pair of ports, the first above 1023".to_string());
        }
        Ok(PortRange { first, last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_agree_with_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn without_a_command_the_program_serves() {
        let cli = Cli::try_parse_from(["switchhook", "calls", "--sip", "udp:[::]:5070"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!(cli.serve.folder.scenarios, PathBuf::from("calls"));
        assert_eq!(
            cli.serve.sip,
            [ListenUri {
                transport: Transport::Udp,
                address: "[::]:5070".parse().unwrap()
            }]
        );
        assert_eq!(
            cli.serve.rtp_ports,
            PortRange {
                first: 10000,
                last: 19999
            }
        );
        assert_eq!(cli.serve.log.form, LogForm::Text);
    }

    #[test]
    fn the_commands_take_their_arguments() {
        let cli = Cli::try_parse_from(["switchhook", "route", "4930", "calls"]).unwrap();
        let Some(Command::Route(route)) = cli.command else {
            panic!("{cli:?}");
        };
        assert_eq!(route.number, "4930");
        assert_eq!(route.folder.scenarios, PathBuf::from("calls"));
        let cli = Cli::try_parse_from(["switchhook", "serve", "--log", "json", "-vv"]).unwrap();
        let Some(Command::Serve(serve)) = cli.command else {
            panic!("{cli:?}");
        };
        assert_eq!((serve.log.form, serve.log.verbose), (LogForm::Json, 2));
        assert_eq!(serve.sip.len(), 2);
        let line = [
            "switchhook",
            "test",
            "calls",
            "--filter",
            "busy",
            "--reporter",
            "junit",
        ];
        let Some(Command::Test(test)) = Cli::try_parse_from(line).unwrap().command else {
            panic!("no test");
        };
        assert_eq!((test.filter.as_deref(), test.seed), (Some("busy"), 1));
        assert_eq!(test.reporter, Reporter::Junit);
    }

    #[test]
    fn addresses_and_port_ranges_that_are_none_are_refused() {
        for uri in [
            "5060",
            "udp",
            "sctp:1.2.3.4:5060",
            "tls:1.2.3.4:5061",
            "udp:host:5060",
        ] {
            assert!(uri.parse::<ListenUri>().is_err(), "{uri}");
        }
        for range in [
            "",
            "10000",
            "20000-10000",
            "80-90",
            "10001-10002",
            "1-99999",
        ] {
            assert!(range.parse::<PortRange>().is_err(), "{range}");
        }
        assert_eq!(
            "10001-10100".parse(),
            Ok(PortRange {
                first: 10002,
                last: 10100
            })
        );
    }
}
