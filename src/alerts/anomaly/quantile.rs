//! Quantiles of the normal distribution and of Student's t, by published approximations.

/// The number below which a normal one lies with this probability: P. J. Acklam's rational approximation, good to nine
/// digits.
pub fn normal(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
    ];
    const LOW: f64 = 0.024_25;
    let polynomial =
        |factors: &[f64], x: f64| factors.iter().fold(0.0, |sum, factor| sum * x + factor);
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        polynomial(&C, q) / (polynomial(&D, q) * q + 1.0)
    };
    match p {
        p if p <= 0.0 => f64::NEG_INFINITY,
        p if p >= 1.0 => f64::INFINITY,
        p if p < LOW => tail(p),
        p if p > 1.0 - LOW => -tail(1.0 - p),
        p => {
            let q = p - 0.5;
            let r = q * q;
            polynomial(&A, r) * q / (polynomial(&B, r) * r + 1.0)
        }
    }
}

/// The same of Student's t with so many degrees of freedom, at least 10: the expansion 26.7.5 of Abramowitz and Stegun,
/// Handbook of Mathematical Functions.
pub fn student(p: f64, freedom: f64) -> f64 {
    let z = normal(p);
    let square = z * z;
    let first = (square + 1.0) * z / 4.0;
    let second = ((5.0 * square + 16.0) * square + 3.0) * z / 96.0;
    let third = (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) * z / 384.0;
    let fourth = ((((79.0 * square + 776.0) * square + 1482.0) * square - 1920.0) * square - 945.0)
        * z
        / 92_160.0;
    z + first / freedom
        + second / freedom.powi(2)
        + third / freedom.powi(3)
        + fourth / freedom.powi(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_tables() {
        for (p, expected) in [
            (0.5, 0.0),
            (0.975, 1.959_964),
            (0.999, 3.090_232),
            (0.001, -3.090_232),
            (1.0 - 1e-6, 4.753_424),
        ] {
            assert!((normal(p) - expected).abs() < 1e-5, "{p}: {}", normal(p));
        }
        for (p, freedom, expected) in [
            (0.975, 14.0, 2.144_787),
            (0.995, 20.0, 2.845_340),
            (0.999, 30.0, 3.385_185),
            (0.9995, 100.0, 3.390_491),
        ] {
            assert!(
                (student(p, freedom) - expected).abs() < 2e-3,
                "{p} {freedom}: {}",
                student(p, freedom)
            );
        }
    }
}
