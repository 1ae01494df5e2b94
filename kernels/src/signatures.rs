// Written by scripts/kernels.sh from the sources: change those, and run it.
//! What the kernels' sources say of launches: constants, blocks and parameters.

/// The hash of the sources that this was written from, the first of `ptx/SOURCES`.
pub const SOURCES: &str = "b22a3ace29bb9bc6d85886966c6697d3c17a168ef2004a49996ce2f4163c7f7a";

/// Module, entry point and largest block of every kernel.
pub const ENTRY_POINTS: &[(&str, &str, u32)] = &[
    ("ceilings_copy", "ceilings_copy", 256),
    ("ceilings_field", "ceilings_fr_mul", 128),
    ("ceilings_field", "ceilings_fq_mul", 128),
    ("ceilings_field", "ceilings_fr_sqr", 128),
    ("ceilings_field", "ceilings_fq_sqr", 128),
    ("ceilings_field", "ceilings_g1_add_mixed", 128),
    ("ceilings_field", "ceilings_g1_add_affine", 128),
    ("ceilings_integer", "ceilings_multiply_add", 256),
    ("ceilings_integer", "ceilings_multiply_add_wide", 256),
    ("ceilings_integer", "ceilings_multiply_add_carry", 256),
    ("ceilings_integer", "ceilings_add", 256),
    ("field_curve", "field_g1_add_mixed", 128),
    ("field_curve", "field_g1_add", 128),
    ("field_curve", "field_g1_dbl", 128),
    ("field_curve", "field_g1_dbl_affine", 128),
    ("field_curve", "field_g1_neg", 128),
    ("field_fq", "field_fq_mul", 128),
    ("field_fq", "field_fq_add", 128),
    ("field_fq", "field_fq_sub", 128),
    ("field_fq", "field_fq_sum_of_products", 128),
    ("field_fq", "field_fq_difference_of_products", 128),
    ("field_fq", "field_fq_sqr", 128),
    ("field_fq", "field_fq_neg", 128),
    ("field_fq", "field_fq_dbl", 128),
    ("field_fq", "field_fq_inverse", 128),
    ("field_fq", "field_fq_from_montgomery", 128),
    ("field_fq", "field_fq_to_montgomery", 128),
    ("field_fq", "field_fq_batch_inverse", 128),
    ("field_fr", "field_fr_mul", 128),
    ("field_fr", "field_fr_add", 128),
    ("field_fr", "field_fr_sub", 128),
    ("field_fr", "field_fr_sum_of_products", 128),
    ("field_fr", "field_fr_difference_of_products", 128),
    ("field_fr", "field_fr_sqr", 128),
    ("field_fr", "field_fr_neg", 128),
    ("field_fr", "field_fr_dbl", 128),
    ("field_fr", "field_fr_inverse", 128),
    ("field_fr", "field_fr_from_montgomery", 128),
    ("field_fr", "field_fr_to_montgomery", 128),
    ("field_fr", "field_fr_batch_inverse", 128),
    ("field_order", "field_order_take", 128),
    ("field_order", "field_order_give", 128),
    ("msm_accumulate", "msm_accumulate", 128),
    ("msm_accumulate_affine", "msm_accumulate_affine", 256),
    ("msm_digits", "msm_digits", 256),
    ("msm_fold", "msm_fold", 128),
    ("msm_multiples", "msm_multiples", 256),
    ("msm_radix", "msm_radix_histogram_digits", 256),
    ("msm_radix", "msm_radix_histogram_entries", 256),
    ("msm_radix", "msm_radix_scatter_digits", 256),
    ("msm_radix", "msm_radix_scatter_entries", 256),
    ("msm_radix", "msm_radix_chunks", 256),
    ("msm_radix", "msm_radix_bases", 1024),
    ("msm_radix", "msm_radix_places", 256),
    ("msm_seams", "msm_seams", 128),
    ("ntt_pass", "ntt_pass_1", 64),
    ("ntt_pass", "ntt_pass_2", 64),
    ("ntt_pass", "ntt_pass_3", 64),
    ("ntt_pass", "ntt_pass_4", 64),
    ("ntt_pass", "ntt_pass_5", 64),
    ("ntt_pass", "ntt_pass_6", 64),
    ("ntt_pass", "ntt_pass_7", 64),
    ("ntt_pass", "ntt_pass_8", 64),
    ("ntt_tables", "ntt_table", 128),
    ("plonk_evaluate", "plonk_evaluate", 256),
    ("plonk_lookup", "plonk_lookup_match", 256),
    ("plonk_lookup", "plonk_lookup_ranks", 1024),
    ("plonk_lookup", "plonk_lookup_fill", 256),
    ("plonk_lookup", "plonk_lookup_missing", 256),
    ("plonk_lookup_sort", "plonk_lookup_tiles", 256),
    ("plonk_lookup_sort", "plonk_lookup_merge", 256),
    ("plonk_seed", "plonk_seed", 128),
    ("poly_accumulate", "poly_accumulate", 256),
    ("poly_horner", "poly_horner", 128),
    ("poly_horner", "poly_horner_sum", 128),
    ("poly_inverse", "poly_inverse", 256),
    ("poly_kate", "poly_kate_values", 128),
    ("poly_kate", "poly_kate_quotient", 128),
    ("poly_l0", "poly_l0", 256),
    ("poly_product", "poly_product_runs", 256),
    ("poly_product", "poly_product_blocks", 256),
    ("poly_product", "poly_product_rows", 256),
];

/// The constants of `ceilings_integer`.
pub mod ceilings_integer {
    pub const CHAINS: u32 = 8;
    pub const STEPS: u32 = 16;
}

/// The constants of `msm_accumulate`.
pub mod msm_accumulate {
    pub const NEGATIVE: u32 = 2147483648;
    pub const NO_BUCKET: u32 = 4294967295;
    pub const THREADS: u32 = 128;
}

/// The constants of `msm_accumulate_affine`.
pub mod msm_accumulate_affine {
    pub const NEGATIVE: u32 = 2147483648;
    pub const NO_BUCKET: u32 = 4294967295;
    pub const THREADS: u32 = 256;
}

/// The constants of `msm_digits`.
pub mod msm_digits {
    pub const NEGATIVE: u32 = 2147483648;
    pub const NO_BUCKET: u32 = 4294967295;
    pub const THREADS: u32 = 256;
}

/// The constants of `msm_fold`.
pub mod msm_fold {
    pub const THREADS: u32 = 128;
    pub const BITS: u32 = 7;
    pub const PARTS: u32 = 9;
    pub const RESULTS: u32 = 17;
}

/// The constants of `msm_multiples`.
pub mod msm_multiples {
    pub const THREADS: u32 = 256;
}

/// The constants of `msm_radix`.
pub mod msm_radix {
    pub const NEGATIVE: u32 = 2147483648;
    pub const NO_BUCKET: u32 = 4294967295;
    pub const THREADS: u32 = 256;
    pub const WARPS: u32 = 8;
    pub const ITEMS: u32 = 16;
    pub const TILE: u32 = 4096;
    pub const MAX_BITS: u32 = 10;
    pub const MAX_BINS: u32 = 1024;
    pub const CHUNK: u32 = 128;
}

/// The constants of `msm_seams`.
pub mod msm_seams {
    pub const NEGATIVE: u32 = 2147483648;
    pub const NO_BUCKET: u32 = 4294967295;
    pub const THREADS: u32 = 128;
}

/// The constants of `ntt_pass`.
pub mod ntt_pass {
    pub const P_BOUND: u32 = 64;
    pub const TIGHT: u32 = 128;
    pub const LAST: u32 = 1;
    pub const NEGATED: u32 = 2;
    pub const LOG_TILE: u32 = 10;
    pub const THREADS: u32 = 64;
    pub const LOOSE: u32 = 332;
}

/// The constants of `ntt_tables`.
pub mod ntt_tables {
    pub const P_BOUND: u32 = 64;
    pub const LOG_RUN: u32 = 4;
}

/// The constants of `plonk_evaluate`.
pub mod plonk_evaluate {
    pub const KEEP: u32 = 16777216;
    pub const NO_POINT: u32 = 4294967295;
    pub const ADD: u32 = 0;
    pub const SUB: u32 = 1;
    pub const MUL: u32 = 2;
    pub const SQUARE: u32 = 3;
    pub const DOUBLE: u32 = 4;
    pub const NEGATE: u32 = 5;
    pub const OUTPUT: u32 = 6;
    pub const END: u32 = 7;
    pub const RESULT: u32 = 0;
    pub const SLOT: u32 = 1;
    pub const UNIFORM: u32 = 2;
    pub const QUERY: u32 = 3;
}

/// The constants of `plonk_lookup`.
pub mod plonk_lookup {
    pub const THREADS: u32 = 256;
    pub const RANK_THREADS: u32 = 1024;
    pub const NO_ROW: u32 = 4294967295;
}

/// The constants of `plonk_lookup_sort`.
pub mod plonk_lookup_sort {
    pub const THREADS: u32 = 256;
    pub const ITEMS: u32 = 5;
    pub const TILE: u32 = 1280;
}

/// The constants of `poly_accumulate`.
pub mod poly_accumulate {
    pub const THREADS: u32 = 256;
    pub const TERMS: u32 = 8;
}

/// The constants of `poly_horner`.
pub mod poly_horner {
    pub const LOG_THREADS: u32 = 7;
    pub const THREADS: u32 = 128;
    pub const SQUARES: u32 = 32;
}

/// The constants of `poly_inverse`.
pub mod poly_inverse {
    pub const THREADS: u32 = 256;
}

/// The constants of `poly_kate`.
pub mod poly_kate {
    pub const LOG_THREADS: u32 = 7;
    pub const THREADS: u32 = 128;
}

/// The constants of `poly_l0`.
pub mod poly_l0 {
    pub const THREADS: u32 = 256;
    pub const LOG_THREADS: u32 = 8;
}

/// The constants of `poly_product`.
pub mod poly_product {
    pub const THREADS: u32 = 256;
}

/// The entry points of a module, handed to a macro: `signatures!(module, callback!)` is
/// `callback { module; Type "entry" threads (parameter: type, ...); ... }`. Pointers are `*const T` and
/// `*mut T`; types are named as the kernels name them, fields `ScalarField` and `BaseField`.
#[macro_export]
macro_rules! signatures {
    (ceilings_copy, $($callback:tt)*) => { $($callback)* {
        ceilings_copy;
        CeilingsCopy "ceilings_copy" 256 (
            out: *mut Group,
            r#in: *const Group,
            n: u64,
        );
    } };
    (ceilings_field, $($callback:tt)*) => { $($callback)* {
        ceilings_field;
        CeilingsFrMul "ceilings_fr_mul" 128 (
            out: *mut ScalarField,
            r#in: *const ScalarField,
            iterations: u32,
        );
        CeilingsFqMul "ceilings_fq_mul" 128 (
            out: *mut BaseField,
            r#in: *const BaseField,
            iterations: u32,
        );
        CeilingsFrSqr "ceilings_fr_sqr" 128 (
            out: *mut ScalarField,
            r#in: *const ScalarField,
            iterations: u32,
        );
        CeilingsFqSqr "ceilings_fq_sqr" 128 (
            out: *mut BaseField,
            r#in: *const BaseField,
            iterations: u32,
        );
        CeilingsG1AddMixed "ceilings_g1_add_mixed" 128 (
            out: *mut Xyzz,
            r#in: *const Affine,
            iterations: u32,
        );
        CeilingsG1AddAffine "ceilings_g1_add_affine" 128 (
            out: *mut BaseField,
            r#in: *const Affine,
            iterations: u32,
        );
    } };
    (ceilings_integer, $($callback:tt)*) => { $($callback)* {
        ceilings_integer;
        CeilingsMultiplyAdd "ceilings_multiply_add" 256 (
            out: *mut u32,
            iterations: u32,
            seed: u32,
        );
        CeilingsMultiplyAddWide "ceilings_multiply_add_wide" 256 (
            out: *mut u32,
            iterations: u32,
            seed: u32,
        );
        CeilingsMultiplyAddCarry "ceilings_multiply_add_carry" 256 (
            out: *mut u32,
            iterations: u32,
            seed: u32,
        );
        CeilingsAdd "ceilings_add" 256 (
            out: *mut u32,
            iterations: u32,
            seed: u32,
        );
    } };
    (field_curve, $($callback:tt)*) => { $($callback)* {
        field_curve;
        FieldG1AddMixed "field_g1_add_mixed" 128 (
            r: *mut Xyzz,
            a: *const Xyzz,
            b: *const Affine,
            n: u64,
        );
        FieldG1Add "field_g1_add" 128 (
            r: *mut Xyzz,
            a: *const Xyzz,
            b: *const Xyzz,
            n: u64,
        );
        FieldG1Dbl "field_g1_dbl" 128 (
            r: *mut Xyzz,
            a: *const Xyzz,
            n: u64,
        );
        FieldG1DblAffine "field_g1_dbl_affine" 128 (
            r: *mut Xyzz,
            a: *const Affine,
            n: u64,
        );
        FieldG1Neg "field_g1_neg" 128 (
            r: *mut Xyzz,
            a: *const Xyzz,
            n: u64,
        );
    } };
    (field_fq, $($callback:tt)*) => { $($callback)* {
        field_fq;
        FieldFqMul "field_fq_mul" 128 (
            r: *mut BaseField,
            a: *const BaseField,
            b: *const BaseField,
            n: u64,
        );
        FieldFqAdd "field_fq_add" 128 (
            r: *mut BaseField,
            a: *const BaseField,
            b: *const BaseField,
            n: u64,
        );
        FieldFqSub "field_fq_sub" 128 (
            r: *mut BaseField,
            a: *const BaseField,
            b: *const BaseField,
            n: u64,
        );
        FieldFqSumOfProducts "field_fq_sum_of_products" 128 (
            r: *mut BaseField,
            a: *const BaseField,
            b: *const BaseField,
            n: u64,
        );
        FieldFqDifferenceOfProducts "field_fq_difference_of_products" 128 (
            r: *mut BaseField,
            a: *const BaseField,
            b: *const BaseField,
            n: u64,
        );
        FieldFqSqr "field_fq_sqr" 128 (
            r: *mut BaseField,
            a: *const BaseField,
            n: u64,
        );
        FieldFqNeg "field_fq_neg" 128 (
            r: *mut BaseField,
            a: *const BaseField,
            n: u64,
        );
        FieldFqDbl "field_fq_dbl" 128 (
            r: *mut BaseField,
            a: *const BaseField,
            n: u64,
        );
        FieldFqInverse "field_fq_inverse" 128 (
            r: *mut BaseField,
            a: *const BaseField,
            n: u64,
        );
        FieldFqFromMontgomery "field_fq_from_montgomery" 128 (
            r: *mut BaseField,
            a: *const BaseField,
            n: u64,
        );
        FieldFqToMontgomery "field_fq_to_montgomery" 128 (
            r: *mut BaseField,
            a: *const BaseField,
            n: u64,
        );
        FieldFqBatchInverse "field_fq_batch_inverse" 128 (
            r: *mut BaseField,
            a: *const BaseField,
            n: u64,
        );
    } };
    (field_fr, $($callback:tt)*) => { $($callback)* {
        field_fr;
        FieldFrMul "field_fr_mul" 128 (
            r: *mut ScalarField,
            a: *const ScalarField,
            b: *const ScalarField,
            n: u64,
        );
        FieldFrAdd "field_fr_add" 128 (
            r: *mut ScalarField,
            a: *const ScalarField,
            b: *const ScalarField,
            n: u64,
        );
        FieldFrSub "field_fr_sub" 128 (
            r: *mut ScalarField,
            a: *const ScalarField,
            b: *const ScalarField,
            n: u64,
        );
        FieldFrSumOfProducts "field_fr_sum_of_products" 128 (
            r: *mut ScalarField,
            a: *const ScalarField,
            b: *const ScalarField,
            n: u64,
        );
        FieldFrDifferenceOfProducts "field_fr_difference_of_products" 128 (
            r: *mut ScalarField,
            a: *const ScalarField,
            b: *const ScalarField,
            n: u64,
        );
        FieldFrSqr "field_fr_sqr" 128 (
            r: *mut ScalarField,
            a: *const ScalarField,
            n: u64,
        );
        FieldFrNeg "field_fr_neg" 128 (
            r: *mut ScalarField,
            a: *const ScalarField,
            n: u64,
        );
        FieldFrDbl "field_fr_dbl" 128 (
            r: *mut ScalarField,
            a: *const ScalarField,
            n: u64,
        );
        FieldFrInverse "field_fr_inverse" 128 (
            r: *mut ScalarField,
            a: *const ScalarField,
            n: u64,
        );
        FieldFrFromMontgomery "field_fr_from_montgomery" 128 (
            r: *mut ScalarField,
            a: *const ScalarField,
            n: u64,
        );
        FieldFrToMontgomery "field_fr_to_montgomery" 128 (
            r: *mut ScalarField,
            a: *const ScalarField,
            n: u64,
        );
        FieldFrBatchInverse "field_fr_batch_inverse" 128 (
            r: *mut ScalarField,
            a: *const ScalarField,
            n: u64,
        );
    } };
    (field_order, $($callback:tt)*) => { $($callback)* {
        field_order;
        FieldOrderTake "field_order_take" 128 (
            to: *mut ScalarField,
            from: *const ScalarField,
            n: u64,
            count: u64,
            log_n: u32,
            reversed: u32,
            factor: u32,
            by_columns: u32,
        );
        FieldOrderGive "field_order_give" 128 (
            to: *mut ScalarField,
            from: *const ScalarField,
            n: u64,
            count: u64,
            log_n: u32,
            reversed: u32,
            factor: u32,
            by_columns: u32,
        );
    } };
    (msm_accumulate, $($callback:tt)*) => { $($callback)* {
        msm_accumulate;
        MsmAccumulate "msm_accumulate" 128 (
            entries: *const Entry,
            total: *const u32,
            min_run: u32,
            table: *const Affine,
            buckets: *mut Xyzz,
            head_buckets: *mut u32,
            heads: *mut Xyzz,
        );
    } };
    (msm_accumulate_affine, $($callback:tt)*) => { $($callback)* {
        msm_accumulate_affine;
        MsmAccumulateAffine "msm_accumulate_affine" 256 (
            entries: *const Entry,
            total: *const u32,
            min_run: u32,
            runs_of_a_thread: u32,
            table: *const Affine,
            sums: *mut Quarter,
            buckets: *mut Xyzz,
            head_buckets: *mut u32,
            heads: *mut Xyzz,
        );
    } };
    (msm_digits, $($callback:tt)*) => { $($callback)* {
        msm_digits;
        MsmDigits "msm_digits" 256 (
            scalars: *const ScalarField,
            count: u32,
            rows: u32,
            width: u32,
            windows: u32,
            digits: *mut u32,
            used: *mut u32,
        );
    } };
    (msm_fold, $($callback:tt)*) => { $($callback)* {
        msm_fold;
        MsmFold "msm_fold" 128 (
            points: *const Xyzz,
            count: u32,
            log_run: u32,
            first_level: u32,
            out: *mut Xyzz,
        );
    } };
    (msm_multiples, $($callback:tt)*) => { $($callback)* {
        msm_multiples;
        MsmMultiples "msm_multiples" 256 (
            table: *mut Affine,
            count: u32,
            multiples: u32,
            stride: u32,
        );
    } };
    (msm_radix, $($callback:tt)*) => { $($callback)* {
        msm_radix;
        MsmRadixHistogramDigits "msm_radix_histogram_digits" 256 (
            digits: *const u32,
            used: *const u32,
            rows: u32,
            windows: u32,
            sets: u32,
            log_buckets: u32,
            bases: u32,
            first_base: u32,
            shift: u32,
            bits: u32,
            counts: *mut u32,
        );
        MsmRadixHistogramEntries "msm_radix_histogram_entries" 256 (
            entries: *const Entry,
            total: *const u32,
            shift: u32,
            bits: u32,
            counts: *mut u32,
        );
        MsmRadixScatterDigits "msm_radix_scatter_digits" 256 (
            digits: *const u32,
            used: *const u32,
            rows: u32,
            windows: u32,
            sets: u32,
            log_buckets: u32,
            bases: u32,
            first_base: u32,
            shift: u32,
            bits: u32,
            places: *const u32,
            sorted: *mut Entry,
        );
        MsmRadixScatterEntries "msm_radix_scatter_entries" 256 (
            entries: *const Entry,
            total: *const u32,
            shift: u32,
            bits: u32,
            places: *const u32,
            sorted: *mut Entry,
        );
        MsmRadixChunks "msm_radix_chunks" 256 (
            counts: *const u32,
            tiles: u32,
            bits: u32,
            chunk_counts: *mut u32,
        );
        MsmRadixBases "msm_radix_bases" 1024 (
            chunk_counts: *mut u32,
            chunks: u32,
            bits: u32,
            total: *mut u32,
        );
        MsmRadixPlaces "msm_radix_places" 256 (
            counts: *mut u32,
            tiles: u32,
            bits: u32,
            chunk_starts: *const u32,
        );
    } };
    (msm_seams, $($callback:tt)*) => { $($callback)* {
        msm_seams;
        MsmSeams "msm_seams" 128 (
            head_buckets: *const u32,
            heads: *const Xyzz,
            count: u32,
            buckets: *mut Xyzz,
            next_buckets: *mut u32,
            next_heads: *mut Xyzz,
        );
    } };
    (ntt_pass, $($callback:tt)*) => { $($callback)* {
        ntt_pass;
        NttPass1 "ntt_pass_1" 64 (
            r#in: *const ScalarField,
            out: *mut ScalarField,
            load_row: *const Twiddle,
            load_column: *const Twiddle,
            store_row: *const Twiddle,
            store_column: *const Twiddle,
            round: *const Twiddle,
            shape: Shape,
            roots: Roots,
        );
        NttPass2 "ntt_pass_2" 64 (
            r#in: *const ScalarField,
            out: *mut ScalarField,
            load_row: *const Twiddle,
            load_column: *const Twiddle,
            store_row: *const Twiddle,
            store_column: *const Twiddle,
            round: *const Twiddle,
            shape: Shape,
            roots: Roots,
        );
        NttPass3 "ntt_pass_3" 64 (
            r#in: *const ScalarField,
            out: *mut ScalarField,
            load_row: *const Twiddle,
            load_column: *const Twiddle,
            store_row: *const Twiddle,
            store_column: *const Twiddle,
            round: *const Twiddle,
            shape: Shape,
            roots: Roots,
        );
        NttPass4 "ntt_pass_4" 64 (
            r#in: *const ScalarField,
            out: *mut ScalarField,
            load_row: *const Twiddle,
            load_column: *const Twiddle,
            store_row: *const Twiddle,
            store_column: *const Twiddle,
            round: *const Twiddle,
            shape: Shape,
            roots: Roots,
        );
        NttPass5 "ntt_pass_5" 64 (
            r#in: *const ScalarField,
            out: *mut ScalarField,
            load_row: *const Twiddle,
            load_column: *const Twiddle,
            store_row: *const Twiddle,
            store_column: *const Twiddle,
            round: *const Twiddle,
            shape: Shape,
            roots: Roots,
        );
        NttPass6 "ntt_pass_6" 64 (
            r#in: *const ScalarField,
            out: *mut ScalarField,
            load_row: *const Twiddle,
            load_column: *const Twiddle,
            store_row: *const Twiddle,
            store_column: *const Twiddle,
            round: *const Twiddle,
            shape: Shape,
            roots: Roots,
        );
        NttPass7 "ntt_pass_7" 64 (
            r#in: *const ScalarField,
            out: *mut ScalarField,
            load_row: *const Twiddle,
            load_column: *const Twiddle,
            store_row: *const Twiddle,
            store_column: *const Twiddle,
            round: *const Twiddle,
            shape: Shape,
            roots: Roots,
        );
        NttPass8 "ntt_pass_8" 64 (
            r#in: *const ScalarField,
            out: *mut ScalarField,
            load_row: *const Twiddle,
            load_column: *const Twiddle,
            store_row: *const Twiddle,
            store_column: *const Twiddle,
            round: *const Twiddle,
            shape: Shape,
            roots: Roots,
        );
    } };
    (ntt_tables, $($callback:tt)*) => { $($callback)* {
        ntt_tables;
        NttTable "ntt_table" 128 (
            out: *mut Twiddle,
            scale: ScalarField,
            rows: ScalarField,
            steps: ScalarField,
            both: ScalarField,
            log_high: u32,
            log_low: u32,
            log_length: u32,
        );
    } };
    (plonk_evaluate, $($callback:tt)*) => { $($callback)* {
        plonk_evaluate;
        PlonkEvaluate "plonk_evaluate" 256 (
            steps: *const Step,
            table: *const Entry,
            uniforms: *const ScalarField,
            powers: *const ScalarField,
            shift: ScalarField,
            log_n: u32,
            log_low: u32,
            slots: u32,
            point_slot: u32,
        );
    } };
    (plonk_lookup, $($callback:tt)*) => { $($callback)* {
        plonk_lookup;
        PlonkLookupMatch "plonk_lookup_match" 256 (
            inputs: *const Key,
            table: *const Key,
            count: u32,
            permuted_input: *mut ScalarField,
            firsts: *mut u32,
            taken: *mut u32,
            missing: *mut u32,
        );
        PlonkLookupRanks "plonk_lookup_ranks" 1024 (
            bits: *const u32,
            words: u32,
            before: *mut u32,
            first_row: *mut u32,
        );
        PlonkLookupFill "plonk_lookup_fill" 256 (
            permuted_input: *const ScalarField,
            table: *const Key,
            count: u32,
            bits: *const u32,
            before: *const u32,
            permuted_table: *mut ScalarField,
        );
        PlonkLookupMissing "plonk_lookup_missing" 256 (
            input: *const ScalarField,
            table: *const Key,
            count: u32,
            missing: *const u32,
            first_row: *mut u32,
        );
    } };
    (plonk_lookup_sort, $($callback:tt)*) => { $($callback)* {
        plonk_lookup_sort;
        PlonkLookupTiles "plonk_lookup_tiles" 256 (
            values: *const ScalarField,
            count: u32,
            keys: *mut Key,
        );
        PlonkLookupMerge "plonk_lookup_merge" 256 (
            runs: *const Key,
            count: u32,
            length: u32,
            merged: *mut Key,
        );
    } };
    (plonk_seed, $($callback:tt)*) => { $($callback)* {
        plonk_seed;
        PlonkSeed "plonk_seed" 128 (
            out: *mut ScalarField,
            count: u64,
            seed: Seed,
        );
    } };
    (poly_accumulate, $($callback:tt)*) => { $($callback)* {
        poly_accumulate;
        PolyAccumulate "poly_accumulate" 256 (
            sum: *mut ScalarField,
            n: u64,
            products: u32,
            additions: u32,
            coefficients: Coefficients,
            p_0: *const ScalarField,
            p_1: *const ScalarField,
            p_2: *const ScalarField,
            p_3: *const ScalarField,
            p_4: *const ScalarField,
            p_5: *const ScalarField,
            p_6: *const ScalarField,
            p_7: *const ScalarField,
        );
    } };
    (poly_horner, $($callback:tt)*) => { $($callback)* {
        poly_horner;
        PolyHorner "poly_horner" 128 (
            queries: *const Query,
            log_blocks: u32,
            sums: *mut ScalarField,
        );
        PolyHornerSum "poly_horner_sum" 128 (
            sums: *const ScalarField,
            log_blocks: u32,
            out: *mut ScalarField,
        );
    } };
    (poly_inverse, $($callback:tt)*) => { $($callback)* {
        poly_inverse;
        PolyInverse "poly_inverse" 256 (
            values: *mut ScalarField,
            n: u64,
            run: u32,
        );
    } };
    (poly_kate, $($callback:tt)*) => { $($callback)* {
        poly_kate;
        PolyKateValues "poly_kate_values" 128 (
            p: *const ScalarField,
            n: u64,
            length: u32,
            root: ScalarField,
            steps: Steps,
            values: *mut ScalarField,
            blocks: *mut ScalarField,
        );
        PolyKateQuotient "poly_kate_quotient" 128 (
            p: *mut ScalarField,
            n: u64,
            length: u32,
            root: ScalarField,
            steps: Steps,
            values: *const ScalarField,
            blocks: *const ScalarField,
        );
    } };
    (poly_l0, $($callback:tt)*) => { $($callback)* {
        poly_l0;
        PolyL0 "poly_l0" 256 (
            out: *mut ScalarField,
            n: u64,
            run: u32,
            omega_powers: *const ScalarField,
            shift: ScalarField,
            scale: ScalarField,
        );
    } };
    (poly_product, $($callback:tt)*) => { $($callback)* {
        poly_product;
        PolyProductRuns "poly_product_runs" 256 (
            z: *mut ScalarField,
            d: *mut ScalarField,
            usable: u64,
            length: u32,
            blocks_n: *mut ScalarField,
            blocks_d: *mut ScalarField,
        );
        PolyProductBlocks "poly_product_blocks" 256 (
            blocks_n: *mut ScalarField,
            blocks_d: *const ScalarField,
            blocks: u32,
            first_value: ScalarField,
            first_on_device: *const ScalarField,
        );
        PolyProductRows "poly_product_rows" 256 (
            z: *mut ScalarField,
            d: *const ScalarField,
            usable: u64,
            length: u32,
            blocks_n: *const ScalarField,
        );
    } };
}
