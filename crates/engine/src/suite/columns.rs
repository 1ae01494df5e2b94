//! Columns on their way in and out.

use ff::Field;

use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};

use super::{
    plain::{assert_rows, download, upload, LABEL},
    values::{columns, generator, LOG_SIZES},
};
use crate::{
    basis::{Basis, Coeff, Coset, LagrangeCoeff},
    engine::{Engine, EngineColumn, Scalar},
};

/// [`Columns::upload`](crate::Columns::upload) and [`Columns::download`](crate::Columns::download): what goes in comes out, as often as asked.
pub fn upload_and_download<E: Engine>(engine: &E) {
    fn there_and_back<E: Engine, B: Basis>(engine: &E, name: &str, values: &[Scalar<E>]) {
        let column = upload::<E, B>(engine, values);
        for _ in 0..2 {
            let context = format!("{name}, {} rows, {} basis", values.len(), B::NAME);
            assert_rows(&context, &download(engine, &column), values);
        }
    }
    let mut rng = generator(0x0201);
    for k in LOG_SIZES {
        for (name, values) in columns(1 << k, &mut rng) {
            there_and_back::<E, LagrangeCoeff>(engine, name, &values);
            there_and_back::<E, Coeff>(engine, name, &values);
            there_and_back::<E, Coset>(engine, name, &values);
        }
    }
}

/// [`Columns::zeros`](crate::Columns::zeros).
pub fn zeros<E: Engine>(engine: &E) {
    for k in LOG_SIZES {
        let zeros = vec![Scalar::<E>::ZERO; 1 << k];
        // After a column of other values has given its memory back.
        drop(upload::<E, Coeff>(engine, &vec![-Scalar::<E>::ONE; 1 << k]));
        let column = engine.zeros::<Coeff>(1 << k).expect("zeros");
        assert_rows("coefficient basis", &download(engine, &column), &zeros);
        let column = engine.zeros::<Coset>(1 << k).expect("zeros");
        assert_rows("coset basis", &download(engine, &column), &zeros);
    }
}

/// The first 128 bytes of the ChaCha20 stream of a key and a nonce of zeros (RFC 8439, A.1, test vectors 1
/// and 2).
const STREAM_OF_ZEROS: [&str; 2] = [
    "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7\
     da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
    "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed\
     29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f",
];

/// [`Columns::expand_seed`](crate::Columns::expand_seed) of zeros, against the RFC's stream: each 64 bytes are a number, least byte first,
/// modulo the field's.
pub fn expand_known_seed<E: Engine>(engine: &E) {
    let value = |hexadecimal: &str| {
        let digits = hexadecimal.chars().map(|digit| digit.to_digit(16));
        let digits: Vec<u32> = digits.collect::<Option<_>>().expect("hexadecimal");
        let bytes = digits.chunks(2).rev();
        bytes.fold(Scalar::<E>::ZERO, |number, byte| {
            number * Scalar::<E>::from(256) + Scalar::<E>::from(u64::from(16 * byte[0] + byte[1]))
        })
    };
    let column: EngineColumn<E, Coeff> =
        engine.expand_seed(LABEL, 2, [0; 32]).expect("expand_seed");
    assert_rows(
        "expanded",
        &download(engine, &column),
        &STREAM_OF_ZEROS.map(value),
    );
}

/// [`Columns::expand_seed`](crate::Columns::expand_seed): one stream, whatever the seed.
pub fn expand_seed<E: Engine>(engine: &E) {
    let counting: [u8; 32] = std::array::from_fn(|i| i as u8);
    for seed in [[0; 32], [0xff; 32], counting] {
        for k in LOG_SIZES {
            let mut stream = ChaCha20Rng::from_seed(seed);
            let expected: Vec<_> = (0..1 << k)
                .map(|_| Scalar::<E>::random(&mut stream))
                .collect();
            let column: EngineColumn<E, Coeff> = engine
                .expand_seed(LABEL, 1 << k, seed)
                .expect("expand_seed");
            assert_rows("expanded", &download(engine, &column), &expected);
        }
    }
}

/// The tests of this file.
#[doc(hidden)]
#[macro_export]
macro_rules! columns_suite {
    ($engine:expr, $threads:tt) => {
        $crate::engine_suite! {
            @tests $engine, $threads:
            upload_and_download
            zeros
            expand_known_seed
            expand_seed
        }
    };
}
