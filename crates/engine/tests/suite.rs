//! The suite, as a crate that has an engine runs it.

use halo2_offload_engine::{halo2curves::bn256::G1Affine, CpuEngine};

halo2_offload_engine::engine_suite!(cpu_engine, CpuEngine::<G1Affine>::new());
