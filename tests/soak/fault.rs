//! What can fail during a load.

mod clock;
mod connection;
mod failover;
mod files;
mod loader;
mod server;

use cusip_test_support::TestServer;
use fastrand::Rng;

use crate::told::Told;
use crate::world::World;

/// What can fail during a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    CancelBySignal,
    CancelByCommand,
    CancelByRequest,
    KillLoader,
    StopLoaderForAWhile,
    KillApi,
    ShutDownApi,
    LeaveRequest,
    LoadAtOnce,
    ReadMeanwhile,
    KillServer,
    RestartServer,
    KillServerProcess,
    EndSessions,
    CutConnection,
    CutConnectionForGood,
    StallConnection,
    FillDisk,
    FailOver,
    SwitchOver,
    MoveClockOfServer,
    MoveClockOfLoader,
    CutOffFile,
    CutOffFileMeanwhile,
    BreakRecords,
    StaleFile,
    DayBefore,
}

impl Fault {
    pub(crate) const ALL: [Self; 27] = [
        Self::CancelBySignal,
        Self::CancelByCommand,
        Self::CancelByRequest,
        Self::KillLoader,
        Self::StopLoaderForAWhile,
        Self::KillApi,
        Self::ShutDownApi,
        Self::LeaveRequest,
        Self::LoadAtOnce,
        Self::ReadMeanwhile,
        Self::KillServer,
        Self::RestartServer,
        Self::KillServerProcess,
        Self::EndSessions,
        Self::CutConnection,
        Self::CutConnectionForGood,
        Self::StallConnection,
        Self::FillDisk,
        Self::FailOver,
        Self::SwitchOver,
        Self::MoveClockOfServer,
        Self::MoveClockOfLoader,
        Self::CutOffFile,
        Self::CutOffFileMeanwhile,
        Self::BreakRecords,
        Self::StaleFile,
        Self::DayBefore,
    ];

    /// Injects the fault into a load, and returns what each caller of a load was told.
    #[track_caller]
    pub(crate) fn inject(self, world: &mut World, rng: &mut Rng) -> Vec<Told> {
        match self {
            Self::CancelBySignal => loader::cancel_by_signal(world, rng),
            Self::CancelByCommand => loader::cancel_by_command(world, rng),
            Self::CancelByRequest => loader::cancel_by_request(world, rng),
            Self::KillLoader => loader::kill(world, rng),
            Self::StopLoaderForAWhile => loader::stop_for_a_while(world, rng),
            Self::KillApi => loader::kill_api(world, rng),
            Self::ShutDownApi => loader::shut_down_api(world, rng),
            Self::LeaveRequest => loader::leave_request(world, rng),
            Self::LoadAtOnce => loader::load_at_once(world, rng),
            Self::ReadMeanwhile => loader::read_meanwhile(world, rng),
            Self::KillServer => server::kill(world, rng),
            Self::RestartServer => server::restart(world, rng),
            Self::KillServerProcess => server::kill_process(world, rng),
            Self::EndSessions => server::end_sessions(world, rng),
            Self::CutConnection => connection::cut(world, rng, false),
            Self::CutConnectionForGood => connection::cut(world, rng, true),
            Self::StallConnection => connection::stall(world, rng),
            Self::FillDisk => server::fill_disk(world, rng),
            Self::FailOver => {
                failover::fail_over(world, rng, |primary| server::signal_kill(&primary))
            }
            Self::SwitchOver => failover::fail_over(world, rng, TestServer::stop),
            Self::MoveClockOfServer => clock::move_server(world, rng),
            Self::MoveClockOfLoader => clock::move_loader(world, rng),
            Self::CutOffFile => files::cut_off(world, rng),
            Self::CutOffFileMeanwhile => files::cut_off_meanwhile(world, rng),
            Self::BreakRecords => files::break_records(world, rng),
            Self::StaleFile => files::make_stale(world, rng),
            Self::DayBefore => files::load_day_before(world),
        }
    }
}
