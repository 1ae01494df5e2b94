//! Our proofs beside halo2-axiom as it is: its verifier accepts them and nothing near them, they are
//! made of what its own prover would have written, and they are the same on every engine, on any
//! number of threads, and alone or one of many.

use ff::Field;
use halo2_axiom::{
    halo2curves::{
        bn256::{Fr, G1Affine},
        group::{Curve, GroupEncoding},
    },
    plonk::{Circuit, Error},
    poly::commitment::ParamsProver,
    transcript::TranscriptWriterBuffer,
};
use halo2_offload::{
    engine::{cpu::msm::msm, suite::cpu_kernels, CpuKernels, Engine},
    prove_many, CpuEngine, Job,
};
use proptest::{prelude::proptest, test_runner::Config};
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rayon::ThreadPoolBuilder;
use std::panic::{self, AssertUnwindSafe};

mod entry_points;
mod fixed_challenges;
mod items;
mod plan;
mod random_systems;
mod resident;
mod self_check;
mod textbook;
mod zoo;

use fixed_challenges::FixedChallenges;
use items::{items, Item, ITEM_BYTES};
use random_systems::shapes;
use zoo::{
    proving::{Blake2b, Gwc, Hash, Keccak256, Opening, Poseidon, Prepared, Shplonk},
    witness_rng, zoo, Specimen,
};

zoo!(the_stock_verifier_accepts);

fn the_stock_verifier_accepts<C: Circuit<Fr>>(specimen: Specimen<C>) {
    let prepared = specimen.prepare();
    accepts::<Shplonk, Blake2b, C>(&prepared);
    accepts::<Gwc, Blake2b, C>(&prepared);
    accepts::<Shplonk, Keccak256, C>(&prepared);
    accepts::<Gwc, Poseidon, C>(&prepared);
}

/// It accepts our proof wherever it accepts the stock prover's.
fn accepts<O: Opening, H: Hash, C: Circuit<Fr>>(prepared: &Prepared<C>) {
    let ours = prepared.drop_in_bytes::<O, H>(1);
    if !prepared.specimen.stock_proves {
        prepared.verify::<O, H>(&ours.unwrap()).unwrap();
        return;
    }
    let stock = match prepared.stock_bytes::<O, H>(1) {
        Ok(proof) => proof,
        Err(error) => {
            // The quotient of a circuit without constraints is zero, and the point at infinity
            // cannot be written.
            assert!(matches!(error, Error::Transcript(_)), "{error}");
            assert_eq!(ours.unwrap_err().to_string(), error.to_string());
            return;
        }
    };
    let ours = ours.unwrap();
    assert_eq!(ours.len(), stock.len());
    let verifies = prepared.specimen.stock_verifies();
    assert_eq!(prepared.verify::<O, H>(&stock).is_ok(), verifies);
    assert_eq!(prepared.verify::<O, H>(&ours).is_ok(), verifies);
}

/// Why `Specimen::stock_proves` is there.
#[test]
fn the_stock_prover_panics_at_the_end_of_a_third_phase() {
    let prepared = zoo::phases::three_phases_between_regions().prepare();
    let prove = AssertUnwindSafe(|| prepared.stock_bytes::<Shplonk, Blake2b>(1));
    assert!(panic::catch_unwind(prove).is_err());
}

zoo!(a_flipped_bit_is_rejected);

fn a_flipped_bit_is_rejected<C: Circuit<Fr>>(specimen: Specimen<C>) {
    let mut prepared = specimen.prepare();
    rejects_flipped_bits::<Shplonk, C>(&mut prepared);
    rejects_flipped_bits::<Gwc, C>(&mut prepared);
}

/// Bits of the first and the last item of each kind, and of a public value.
fn rejects_flipped_bits<O: Opening, C: Circuit<Fr>>(prepared: &mut Prepared<C>) {
    let Ok(proof) = prepared.drop_in_bytes::<O, Blake2b>(1) else {
        // No proof without constraints: `the_stock_verifier_accepts` looks into that.
        return;
    };
    let compiled = halo2_offload_frontend::compile(prepared.pk.get_vk()).unwrap();
    let circuits = prepared.specimen.circuits.len();
    let items = items(&compiled, circuits, proof.len() / ITEM_BYTES);
    let mut rng = witness_rng(8);
    let mut rejects = |item: usize| {
        for _ in 0..2 {
            let bit = rng.gen_range(0..items[item].bits());
            let mut flipped = proof.clone();
            flipped[item * ITEM_BYTES + bit / 8] ^= 1 << (bit % 8);
            assert!(
                prepared.verify::<O, Blake2b>(&flipped).is_err(),
                "bit {bit} of item {item}, {:?}, can be flipped",
                items[item]
            );
        }
    };
    for (index, item) in items.iter().enumerate() {
        let is_first = index == 0 || items[index - 1] != *item;
        if is_first || items.get(index + 1) != Some(item) {
            rejects(index);
        }
    }
    let truncated = &proof[..proof.len() - 1];
    assert!(prepared.verify::<O, Blake2b>(truncated).is_err());

    let columns = prepared.specimen.instances.iter_mut().flatten();
    let Some(column) = columns.into_iter().find(|column| !column.is_empty()) else {
        return;
    };
    column[0] += Fr::from(1);
    assert!(prepared.verify::<O, Blake2b>(&proof).is_err());
    let columns = prepared.specimen.instances.iter_mut().flatten();
    if let Some(column) = columns.into_iter().find(|column| !column.is_empty()) {
        column[0] -= Fr::from(1);
    }
}

zoo!(threads_and_engines_make_no_difference);

fn threads_and_engines_make_no_difference<C: Circuit<Fr> + Sync>(specimen: Specimen<C>) {
    let prepared = specimen.prepare();
    makes_no_difference::<Shplonk, C>(&prepared);
    makes_no_difference::<Gwc, C>(&prepared);
}

fn makes_no_difference<O: Opening, C: Circuit<Fr> + Sync>(prepared: &Prepared<C>) {
    let Ok(proof) = prepared.drop_in_bytes::<O, Keccak256>(5) else {
        return;
    };
    for threads in [1, 2, 5] {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let of_pool = pool.install(|| prepared.drop_in_bytes::<O, Keccak256>(5).unwrap());
        assert!(of_pool == proof, "{threads} threads make another proof");
    }
    for kernels in cpu_kernels() {
        let resident = prove_twice::<O, _, C>(&CpuEngine::with_kernels(kernels), prepared);
        assert!(
            resident == proof,
            "a resident key makes another proof with the {kernels} kernels"
        );
    }
    let textbook = prove_twice::<O, _, C>(&textbook::engine(), prepared);
    assert!(textbook == proof, "another engine makes another proof");
}

fn prove_twice<O: Opening, E: Engine<Curve = G1Affine>, C: Circuit<Fr>>(
    engine: &E,
    prepared: &Prepared<C>,
) -> Vec<u8> {
    let key = prepared.load(engine);
    let prove = || {
        prepared
            .resident::<O, Keccak256, E>(engine, &key, 5)
            .unwrap()
    };
    let proof = prove();
    assert!(proof == prove(), "a key's second proof is another");
    proof
}

zoo!(many_proofs_are_those_made_one_by_one);

fn many_proofs_are_those_made_one_by_one<C: Circuit<Fr> + Clone + Sync>(specimen: Specimen<C>) {
    let prepared = specimen.prepare();
    one_by_one::<Shplonk, Blake2b, C>(&prepared, 1);
    one_by_one::<Gwc, Poseidon, C>(&prepared, 0);
    one_by_one::<Shplonk, Keccak256, C>(&prepared, 7);
}

/// With three seeds, as many witnesses ahead being allowed.
fn one_by_one<O: Opening, H: Hash, C: Circuit<Fr> + Clone + Sync>(
    prepared: &Prepared<C>,
    ahead: usize,
) where
    H::Write: Send,
{
    let engine = CpuEngine::new();
    let key = prepared.load(&engine);
    let jobs = (0..3).map(|seed| Job {
        circuits: prepared.specimen.circuits.clone(),
        instances: prepared.specimen.instances.clone(),
        rng: witness_rng(seed),
        transcript: H::Write::init(Vec::new()),
    });
    let many: Vec<_> = prove_many::<O::Prover, H::Challenge, _, H::Write, C, _, _>(
        &engine,
        &key,
        jobs,
        ahead,
        |proofs| proofs.collect(),
    );
    assert_eq!(many.len(), 3);
    for (seed, proof) in many.into_iter().enumerate() {
        let alone = prepared.resident::<O, H, _>(&engine, &key, seed as u64);
        let proof = proof.map(TranscriptWriterBuffer::finalize);
        // Circuits without constraints have no proof.
        assert_eq!(
            proof.map_err(|error| error.to_string()),
            alone.map_err(|error| format!("job {seed}: {error}"))
        );
    }
}

zoo!(the_stock_prover_writes_the_same_items);

fn the_stock_prover_writes_the_same_items<C: Circuit<Fr>>(specimen: Specimen<C>) {
    let prepared = specimen.prepare();
    let touches_lookups = !prepared.pk.get_vk().cs().lookups().is_empty();
    same_items::<Shplonk, C>(&prepared, touches_lookups);
    same_items::<Gwc, C>(&prepared, touches_lookups);
}

#[test]
fn with_one_distinct_input_the_items_of_lookups_are_the_stock_provers_too() {
    let prepared = zoo::lookups::one_distinct_input().prepare();
    same_items::<Shplonk, _>(&prepared, false);
    same_items::<Gwc, _>(&prepared, false);
}

/// Under challenges that do not depend on what was written, both provers write the same but for what
/// the stock prover's two choices touch: its blinding polynomial, and the order of a lookup's
/// distinct inputs. Both use the RNG alike up to the blinding polynomial, and for nothing that is
/// written after it.
fn same_items<O: Opening, C: Circuit<Fr>>(prepared: &Prepared<C>, touches_lookups: bool) {
    if !prepared.specimen.stock_proves {
        return;
    }
    let mut stock = FixedChallenges::new();
    prepared.stock::<O, _, _>(3, &mut stock).unwrap();
    let mut ours = FixedChallenges::new();
    prepared.drop_in::<O, _, _>(3, &mut ours).unwrap();
    assert_eq!(stock.events.len(), ours.events.len());

    let compiled = halo2_offload_frontend::compile(prepared.pk.get_vk()).unwrap();
    let circuits = prepared.specimen.circuits.len();
    let written = stock
        .events
        .iter()
        .filter(|event| event.is_written())
        .count();
    let mut items = items(&compiled, circuits, written).into_iter();
    for (index, (stock, ours)) in stock.events.iter().zip(&ours.events).enumerate() {
        let item = stock.is_written().then(|| items.next()).flatten();
        let is_touched = match item {
            Some(Item::Random | Item::RandomEvaluation | Item::Opening) => true,
            Some(
                Item::Permuted | Item::LookupProduct | Item::LookupEvaluation | Item::Quotient,
            ) => touches_lookups,
            _ => false,
        };
        if is_touched {
            let same_kind = std::mem::discriminant(stock) == std::mem::discriminant(ours);
            assert!(same_kind, "event {index}: {stock:?} and {ours:?}");
        } else {
            assert_eq!(stock, ours, "event {index}, {item:?}");
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 16, failure_persistence: None, ..Config::default() })]

    #[test]
    fn the_stock_verifier_accepts_random_systems(shape in shapes()) {
        let prepared = shape.specimen().prepare();
        accepts::<Shplonk, Blake2b, _>(&prepared);
        let touches_lookups = !prepared.pk.get_vk().cs().lookups().is_empty();
        same_items::<Shplonk, _>(&prepared, touches_lookups);
    }
}

/// Notes the seeds that are drawn: 32 bytes at a time, where a field element takes 64.
struct SeedsNoted {
    rng: ChaCha20Rng,
    seeds: Vec<[u8; 32]>,
}

impl RngCore for SeedsNoted {
    fn next_u32(&mut self) -> u32 {
        self.rng.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.rng.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.rng.fill_bytes(bytes);
        self.seeds.extend(<[u8; 32]>::try_from(&*bytes));
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

/// The vanishing argument hides nothing if its polynomial is not drawn: its coefficients are the stream of a
/// seed that comes from the caller's RNG, another one for each proof.
#[test]
fn the_blinding_polynomial_is_the_stream_of_a_drawn_seed() {
    let prepared = zoo::everything::in_one_phase().prepare();
    let engine = CpuEngine::new();
    let key = prepared.load(&engine);
    let commitments = [1, 2].map(|seed| {
        let mut rng = SeedsNoted {
            rng: witness_rng(seed),
            seeds: Vec::new(),
        };
        let mut transcript = <Blake2b as Hash>::Write::init(Vec::new());
        let proven = prepared.with_instances(|instances| {
            halo2_offload::prove::<
                <Shplonk as Opening>::Prover,
                <Blake2b as Hash>::Challenge,
                _,
                _,
                _,
            >(
                &engine,
                &key,
                &prepared.specimen.circuits,
                instances,
                &mut rng,
                &mut transcript,
            )
        });
        proven.unwrap();
        let proof = transcript.finalize();
        let [drawn] = rng.seeds[..] else {
            panic!("{} seeds were drawn", rng.seeds.len())
        };
        let mut stream = ChaCha20Rng::from_seed(drawn);
        let coefficients: Vec<Fr> = (0..key.circuit().n())
            .map(|_| Fr::random(&mut stream))
            .collect();
        let expected =
            msm(CpuKernels::Portable, &coefficients, prepared.params.get_g()).to_affine();
        let items = items(key.circuit(), 1, proof.len() / ITEM_BYTES);
        let place = items.iter().position(|item| *item == Item::Random).unwrap();
        let written = &proof[ITEM_BYTES * place..][..ITEM_BYTES];
        assert_eq!(written, expected.to_bytes().as_ref());
        expected
    });
    assert_ne!(commitments[0], commitments[1]);
}
