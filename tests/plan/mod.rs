//! Plans for a device: what they say is what a proof takes, and what fits where.

use halo2_axiom::halo2curves::bn256::Fr;
use halo2_offload::{
    cuda::{Context, CudaEngine, DeviceModel, KernelImage, Options, Place, Placement},
    prover::{CompiledCircuit, Multiopen, Shape},
    DevicePlan, PlanError,
};
use halo2_offload_cuda_emulator::{install, Checks, Config, Emulator};

use crate::zoo::{
    self,
    proving::{Blake2b, Shplonk},
};

/// The shape of EZKL's circuits: a two-layer network with a sigmoid and private weights.
fn ezkl(k: u32) -> CompiledCircuit<Fr> {
    Shape {
        degree: 5,
        advice: 6,
        fixed: 16,
        instance: 1,
        lookups: 6,
        permutation: 8,
    }
    .circuit(k)
}

fn card(name: &str) -> DeviceModel {
    DeviceModel::named(name).expect("a well-known card")
}

fn plan(k: u32, device: &DeviceModel, budget: Option<u64>) -> Result<DevicePlan, PlanError> {
    DevicePlan::choose(&ezkl(k), Multiopen::Shplonk, device, budget)
}

#[test]
fn ezkl_s_circuits_fit_the_cards_that_people_have() {
    let of_24_gb = plan(22, &card("rtx4090"), None).unwrap();
    let of_8_gb = plan(20, &card("rtx4060"), None).unwrap();
    for (plan, card) in [(of_24_gb, "rtx4090"), (of_8_gb, "rtx4060")] {
        assert_eq!(plan.placement.key, Place::Device, "{card}: {plan}");
        assert_eq!(plan.placement.proof, Place::Device, "{card}: {plan}");
        assert!(plan.key_bytes < plan.peak.bytes);
        assert!(plan.proof.launches > 0);
    }
}

/// Less memory, a smaller plan and more transfers; in the end none, with the numbers.
#[test]
fn a_smaller_budget_gets_a_smaller_plan() {
    let device = card("h100");
    let circuit = ezkl(20);
    let smallest = DevicePlan::of(
        &circuit,
        Multiopen::Shplonk,
        &device,
        Placement::smallest(circuit.n()),
    )
    .unwrap();
    let largest = plan(20, &device, None).unwrap();
    let mut budget = largest.peak.bytes;
    let mut moved = largest.proof.bytes_to_device;
    let mut places = vec![(largest.placement.key, largest.placement.proof)];
    while budget > smallest.peak.bytes {
        let plan = plan(20, &device, Some(budget)).unwrap();
        assert!(plan.peak.bytes <= budget, "{budget}: {plan}");
        assert!(plan.proof.bytes_to_device >= moved, "{budget}: {plan}");
        moved = plan.proof.bytes_to_device;
        places.push((plan.placement.key, plan.placement.proof));
        budget = budget * 2 / 3;
    }
    places.dedup();
    let (host, on_device) = (Place::Host, Place::Device);
    assert_eq!(
        places,
        [(on_device, on_device), (host, on_device), (host, host)]
    );
    assert!(plan(20, &device, Some(smallest.peak.bytes)).is_ok());
    let error = plan(20, &device, Some(smallest.peak.bytes - 1)).unwrap_err();
    let PlanError::TooLittleMemory {
        needed_bytes,
        budget_bytes,
        ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!(*needed_bytes, smallest.peak.bytes);
    assert_eq!(*budget_bytes, smallest.peak.bytes - 1);
    let text = error.to_string();
    for part in ["k = 20", "MiB", "msm bases", "--device cpu"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// The plan is made by the code that proves: its figures are those of the proof.
#[test]
fn a_proof_takes_what_its_plan_says() {
    let prepared = zoo::everything::in_one_phase().prepare();
    for placement in [Placement::resident(1 << 30), Placement::smallest(1 << 7)] {
        let machine = install(Config::default().with_checks(Checks::cheap()))
            .expect("the emulator is built with this test");
        let context = Context::open(0, &KernelImage::shipped(), Options::default()).unwrap();
        let engine = CudaEngine::with_placement(context.clone(), placement).unwrap();
        // Kernels' constants, which are not in the ledger.
        let on_device = |machine: &Emulator| machine.report().devices[0];
        let constant_bytes = on_device(&machine).allocated_bytes - context.memory().bytes;
        let before = context.counters().unwrap();
        let key = prepared.load(&engine);
        let loading = context.counters().unwrap() - before;
        let device = DeviceModel::from(context.device());
        let plan = DevicePlan::of(key.circuit(), Multiopen::Shplonk, &device, placement).unwrap();
        assert_eq!(context.memory().bytes, plan.key_bytes);
        assert_eq!(context.peak_memory().bytes, plan.loading_peak_bytes);
        assert_eq!(loading.launches, plan.loading.launches);
        assert_eq!(loading.bytes_to_device, plan.loading.bytes_to_device);
        assert_eq!(loading.bytes_from_device, plan.loading.bytes_from_device);

        let before = context.counters().unwrap();
        let work = context.work();
        prepared
            .resident::<Shplonk, Blake2b, _>(&engine, &key, 1)
            .unwrap();
        let spent = context.counters().unwrap() - before;
        assert_eq!(spent.launches, plan.proof.launches);
        assert_eq!(spent.bytes_to_device, plan.proof.bytes_to_device);
        assert_eq!(spent.bytes_from_device, plan.proof.bytes_from_device);
        assert_eq!(context.work_since(&work), plan.work);
        assert_eq!(context.peak_memory().bytes, plan.peak.bytes);
        // The host waits no oftener than a model does, for which nothing is ever done in time.
        assert!(spent.synchronisations <= plan.proof.synchronisations);
        let stages = plan.stages.iter().map(|(_, counters)| counters.launches);
        assert_eq!(stages.sum::<u64>(), plan.proof.launches);
        // Plan and proof share the ledger; the driver keeps books of its own.
        let peak_bytes = on_device(&machine).peak_bytes - constant_bytes;
        assert_eq!(peak_bytes, plan.peak.bytes);
        drop((key, engine, context));
        machine.assert_clean();
    }
}
