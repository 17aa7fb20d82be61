use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use clap::Parser;
use switchhook::app;
use switchhook::cli::{Cli, Command, check, journal, replay, route, simulate, test};
use switchhook::script::program::Scenario;

/// 0 where all is well, 1 where something is wrong, 2 where the command line is, or where there is nothing to test or to play.
fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Some(Command::Test(options)) if options.watch => {
            let mut out = io::stdout().lock();
            let is_terminal = out.is_terminal();
            // Nothing but Ctrl-C ends it.
            let never = AtomicBool::new(false);
            test::watch::watch(&options, Scenario::compile, is_terminal, &never, &mut out)
                .map(|()| true)
                .map_err(Into::into)
        }
        Some(Command::Test(options)) => {
            match test::test(&options, Scenario::compile, &mut io::stdout().lock()) {
                Ok(test::Ended::Cannot) => return ExitCode::from(2),
                ended => ended
                    .map(|ended| ended == test::Ended::Passed)
                    .map_err(Into::into),
            }
        }
        Some(Command::Journal(options)) => {
            match journal::journal(&options.file, &mut io::stdout().lock()) {
                Ok(false) => return ExitCode::from(2),
                done => done.map_err(Into::into),
            }
        }
        Some(Command::Replay(options)) => {
            match replay::replay(&options, Scenario::compile, &mut io::stdout().lock()) {
                Ok(replay::Ended::Cannot) => return ExitCode::from(2),
                ended => ended
                    .map(|ended| ended == replay::Ended::Same)
                    .map_err(Into::into),
            }
        }
        Some(Command::Simulate(options)) => {
            let ended = simulate::simulate(&options, &mut io::stdout().lock(), &mut io::stderr());
            match ended {
                Ok(simulate::Ended::Cannot) => return ExitCode::from(2),
                ended => ended
                    .map(|ended| ended == simulate::Ended::Well)
                    .map_err(Into::into),
            }
        }
        None => app::serve(cli.serve).map(|()| true),
        Some(Command::Serve(serve)) => app::serve(serve).map(|()| true),
        Some(Command::Demo(demo)) => app::demo(demo),
        Some(Command::Check(options)) => {
            check::check(&options, Scenario::compile, &mut io::stdout().lock()).map_err(Into::into)
        }
        Some(Command::Route(number)) => {
            route::route(&number, Scenario::compile, &mut io::stdout().lock()).map_err(Into::into)
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Standard error may be closed; the exit code still says it.
            let _ = writeln!(io::stderr(), "switchhook: {error:#}");
            ExitCode::FAILURE
        }
    }
}
