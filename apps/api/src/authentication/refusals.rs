//! The refused requests of each address: limits guesses of the token, and the log lines about refusals.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lru::LruCache;

/// How many wrong tokens, and how many log lines, an address may cause at once.
const BURST: u32 = 30;
/// How long it takes until it may cause one more.
const REFILL: Duration = Duration::from_secs(1);
/// How many addresses are remembered: those that were refused last.
const MAX_ADDRESSES: NonZeroUsize = NonZeroUsize::new(10_000).expect("10,000 is not zero");

/// Remembers which addresses were refused. The memory that this takes is bounded.
#[derive(Debug)]
pub(super) struct Refusals(Mutex<LruCache<IpAddr, Refused>>);

#[derive(Debug)]
struct Refused {
    guesses: Budget,
    lines: Budget,
    /// How many refusals were not logged since the last log line.
    unlogged: u64,
}

/// A token bucket, as the time at which it will be full again.
#[derive(Debug)]
struct Budget(Instant);

impl Refusals {
    pub(super) fn new() -> Self {
        Self(Mutex::new(LruCache::new(MAX_ADDRESSES)))
    }

    /// Returns whether this address has sent so many wrong tokens that it must wait.
    pub(super) fn must_wait(&self, address: IpAddr, now: Instant) -> bool {
        let addresses = self.addresses();
        let refused = addresses.peek(&network(address));
        refused.is_some_and(|refused| refused.guesses.is_spent(now))
    }

    /// Notes that a wrong token came from this address.
    pub(super) fn guessed(&self, address: IpAddr, now: Instant) {
        self.with(address, now, |refused| refused.guesses.spend(now));
    }

    /// Returns whether to log a refusal: how many were not logged before it, or `None` if this one should
    /// not be logged either.
    pub(super) fn should_log(&self, address: IpAddr, now: Instant) -> Option<u64> {
        self.with(address, now, |refused| {
            if refused.lines.is_spent(now) {
                refused.unlogged += 1;
                None
            } else {
                refused.lines.spend(now);
                Some(std::mem::take(&mut refused.unlogged))
            }
        })
    }

    fn with<T>(&self, address: IpAddr, now: Instant, change: impl FnOnce(&mut Refused) -> T) -> T {
        let unused = || Refused {
            guesses: Budget(now),
            lines: Budget(now),
            unlogged: 0,
        };
        change(self.addresses().get_or_insert_mut(network(address), unused))
    }

    fn addresses(&self) -> MutexGuard<'_, LruCache<IpAddr, Refused>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Budget {
    fn is_spent(&self, now: Instant) -> bool {
        self.0.saturating_duration_since(now) > REFILL * (BURST - 1)
    }

    fn spend(&mut self, now: Instant) {
        self.0 = self.0.max(now) + REFILL;
    }
}

/// Returns what counts as one address: for IPv6 the first 64 bits, because clients choose the others.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let bits = u128::from(address) & !u128::from(u64::MAX);
            Ipv6Addr::from(bits).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRANGER: &str = "192.0.2.1";

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn address_that_guesses_must_wait_until_its_budget_grows_again() {
        let (refusals, start) = (Refusals::new(), Instant::now());
        let must_wait = |after| refusals.must_wait(ip(STRANGER), start + after);
        for _ in 0..BURST {
            assert!(!must_wait(Duration::ZERO));
            refusals.guessed(ip(STRANGER), start);
        }
        assert!(must_wait(Duration::ZERO));
        assert!(must_wait(REFILL - Duration::from_millis(1)));
        assert!(!must_wait(REFILL));
        refusals.guessed(ip(STRANGER), start + REFILL);
        assert!(must_wait(REFILL));
        assert!(!refusals.must_wait(ip("192.0.2.2"), start));
    }

    #[test]
    fn client_that_repeats_one_wrong_token_slowly_never_waits() {
        let (refusals, start) = (Refusals::new(), Instant::now());
        for second in 0..1_000 {
            let now = start + REFILL * second;
            assert!(!refusals.must_wait(ip(STRANGER), now));
            refusals.guessed(ip(STRANGER), now);
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_together() {
        let (refusals, now) = (Refusals::new(), Instant::now());
        for host in 0..BURST {
            refusals.guessed(ip(&format!("2001:db8:0:1::{host:x}")), now);
        }
        assert!(refusals.must_wait(ip("2001:db8:0:1:ffff::1"), now));
        assert!(!refusals.must_wait(ip("2001:db8:0:2::1"), now));
    }

    #[test]
    fn refusals_that_were_not_logged_are_counted() {
        let (refusals, start) = (Refusals::new(), Instant::now());
        for _ in 0..BURST {
            assert_eq!(refusals.should_log(ip(STRANGER), start), Some(0));
        }
        for _ in 0..70 {
            assert_eq!(refusals.should_log(ip(STRANGER), start), None);
        }
        let later = start + REFILL;
        assert_eq!(refusals.should_log(ip(STRANGER), later), Some(70));
        assert_eq!(refusals.should_log(ip(STRANGER), later), None);
    }

    #[test]
    fn memory_is_bounded() {
        let (refusals, now) = (Refusals::new(), Instant::now());
        for number in 0..20_000_u32 {
            refusals.guessed(IpAddr::V4(number.into()), now);
        }
        assert_eq!(refusals.addresses().len(), MAX_ADDRESSES.get());
    }
}
