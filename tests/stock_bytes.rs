//! Our proofs have the bytes of the stock prover's, once that is made a function of its RNG.

use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{keygen_pk, keygen_vk},
    poly::kzg::{
        commitment::{KZGCommitmentScheme, ParamsKZG},
        multiopen::ProverSHPLONK,
    },
    transcript::{Blake2bWrite, Challenge255, TranscriptWriterBuffer},
};
use halo2_offload_workloads::{visit, Visitor, Workload};
use rand::{rngs::StdRng, SeedableRng};

struct Compare(u32);
impl Visitor for Compare {
    type Output = ();
    fn visit<W: Workload>(self, workload: W) {
        let params = ParamsKZG::<Bn256>::setup(self.0, StdRng::seed_from_u64(5));
        let c = workload.keygen_circuit();
        let vk = keygen_vk(&params, &c).unwrap();
        let pk = keygen_pk(&params, vk, &c).unwrap();
        let instances = workload.instances();
        let instances: Vec<&[Fr]> = instances.iter().map(|i| &i[..]).collect();
        let stock = || {
            let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<_>>::init(vec![]);
            let t = std::time::Instant::now();
            halo2_axiom::plonk::create_proof::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<'_, Bn256>, _, _, _, _>(
                &params, &pk, &[workload.circuit()], &[&instances], StdRng::seed_from_u64(1), &mut transcript).unwrap();
            println!("stock {:?}", t.elapsed());
            transcript.finalize()
        };
        let ours = || {
            let mut transcript = Blake2bWrite::<_, G1Affine, Challenge255<_>>::init(vec![]);
            let t = std::time::Instant::now();
            halo2_offload::create_proof::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<'_, Bn256>, Challenge255<G1Affine>, _, Blake2bWrite<_, _, _>, _>(
                &params, &pk, &[workload.circuit()], &[&instances], StdRng::seed_from_u64(1), &mut transcript).unwrap();
            println!("ours {:?}", t.elapsed());
            transcript.finalize()
        };
        assert_eq!(stock(), stock());
        assert_eq!(stock(), ours());
        assert_eq!(ours(), ours());
    }
}

#[test]
fn plonk() {
    visit("plonk", 14, 3, Compare(14)).unwrap();
}
#[test]
fn lookup() {
    visit("lookup", 14, 3, Compare(14)).unwrap();
}
