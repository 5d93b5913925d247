//! What so many false accepts in so many hours say about the rate behind them.
//!
//! False accepts are counted as a Poisson process: `n` of them in `hours` bound the rate from above
//! at the confidence `1 - α` by the λ for which `n` or fewer have the probability α (Garwood,
//! "Fiducial limits for the Poisson distribution", 1936). Without any, that is −ln α / hours: to
//! claim 0.2 per hour at 95 % takes 15 hours.

/// The confidence of the bounds.
pub const CONFIDENCE: f64 = 0.95;

/// The rate per hour that `n` events in `hours` hours stay below, at [`CONFIDENCE`]. Infinite
/// where there are no hours.
pub fn rate_max(n: usize, hours: f64) -> f64 {
    if hours <= 0.0 {
        return f64::INFINITY;
    }
    mean_max(n) / hours
}

/// Hours without a single event that it takes to claim a rate of at most `rate` per hour.
pub fn hours_to_claim(rate: f64) -> f64 {
    mean_max(0) / rate
}

/// The mean for which `n` events or fewer have the probability `1 - CONFIDENCE`, by halves.
fn mean_max(n: usize) -> f64 {
    let n_float = n as f64;
    let (mut low, mut high) = (n_float, n_float + 10.0 * libm::sqrt(n_float + 1.0) + 10.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if at_most(n, middle) > 1.0 - CONFIDENCE {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Probability of at most `n` events of a Poisson distribution of this mean, summed from the
/// largest term down so that no term overflows.
fn at_most(n: usize, mean: f64) -> f64 {
    let log_term = n as f64 * libm::log(mean) - mean - libm::lgamma(n as f64 + 1.0);
    let (mut term, mut sum) = (libm::exp(log_term), 0.0);
    for i in (0..=n).rev() {
        sum += term;
        term *= i as f64 / mean;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half the 95 % quantile of χ² with 2n + 2 degrees of freedom, from a table.
    #[test]
    fn the_bounds_are_those_of_the_tables() {
        for (n, expected) in [
            (0, 2.9957),
            (1, 4.7439),
            (2, 6.2958),
            (5, 10.5130),
            (10, 16.9622),
            (100, 118.0786),
        ] {
            let found = rate_max(n, 1.0);
            assert!((found - expected).abs() < 2e-3, "{n}: {found}");
        }
        assert!((rate_max(3, 10.0) - 0.77537).abs() < 1e-4);
        assert_eq!(rate_max(0, 0.0), f64::INFINITY);
    }

    #[test]
    fn a_fifth_per_hour_takes_fifteen_hours() {
        assert!((hours_to_claim(0.2) - 14.98).abs() < 0.01);
    }
}
