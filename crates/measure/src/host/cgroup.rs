//! The limits of the control groups that this process is in, from its own group up to the root: each
//! of them holds.
//!
//! What the files are: cgroups(7), proc_pid_mountinfo(5); cgroup-v2.rst and cgroup-v1/memory.rst of the kernel's
//! documentation.

use super::ContainerLimits;

/// Version 1 writes "no limit" as a number beyond any machine.
const NO_LIMIT: u64 = 1 << 60;

/// The limits of this process. `read` gives a file's text, if there is one.
pub fn limits(read: impl Fn(&str) -> Option<String>) -> ContainerLimits {
    let groups = read("/proc/self/cgroup").unwrap_or_default();
    let mounts = mounts(&read("/proc/self/mountinfo").unwrap_or_default());
    let folders = |hierarchy| folders(hierarchy, &groups, &mounts);
    let number = |path: String| read(&path)?.trim().parse::<u64>().ok();

    let memory_1 = folders(Hierarchy::V1("memory"));
    // What a container cannot see of the groups above it is summed up here.
    let above = memory_1.first().and_then(|own| {
        let stat = read(&format!("{own}/memory.stat"))?;
        let line = stat
            .lines()
            .find_map(|line| line.strip_prefix("hierarchical_memory_limit "))?;
        line.trim().parse().ok()
    });
    let memory_1 = memory_1
        .iter()
        .filter_map(|folder| number(format!("{folder}/memory.limit_in_bytes")));
    let folders_2 = folders(Hierarchy::V2);
    let memory_2 = folders_2
        .iter()
        .filter_map(|folder| number(format!("{folder}/memory.max")));

    let cpus_1 = folders(Hierarchy::V1("cpu"));
    let cpus_1 = cpus_1.iter().filter_map(|folder| {
        // "No quota" is -1.
        let quota = number(format!("{folder}/cpu.cfs_quota_us"))?;
        share(quota, number(format!("{folder}/cpu.cfs_period_us"))?)
    });
    let cpus_2 = folders_2.iter().filter_map(|folder| {
        let text = read(&format!("{folder}/cpu.max"))?;
        let (quota, period) = text.trim().split_once(' ')?;
        // "No quota" is `max`.
        share(quota.parse().ok()?, period.parse().ok()?)
    });
    ContainerLimits {
        cpus: cpus_1.chain(cpus_2).reduce(f64::min),
        memory_bytes: memory_1
            .chain(memory_2)
            .chain(above)
            .filter(|bytes| *bytes < NO_LIMIT)
            .min(),
    }
}

fn share(quota: u64, period: u64) -> Option<f64> {
    (quota > 0 && period > 0).then(|| quota as f64 / period as f64)
}

/// A tree of control groups.
#[derive(Clone, Copy)]
enum Hierarchy {
    /// Of version 1, with this controller.
    V1(&'static str),
    /// Of version 2, of which there is one.
    V2,
}

/// A place where a tree, or a part of it, is mounted.
struct Mount {
    /// The group that is at the mount point.
    root: String,
    point: String,
    /// `cgroup` or `cgroup2`.
    kind: String,
    /// The controllers of a tree of version 1, among others.
    options: String,
}

impl Hierarchy {
    fn is_at(self, mount: &Mount) -> bool {
        match self {
            Self::V1(controller) => {
                mount.kind == "cgroup" && mount.options.split(',').any(|name| name == controller)
            }
            Self::V2 => mount.kind == "cgroup2",
        }
    }

    /// This process's group in it, as /proc/self/cgroup has it.
    fn group(self, groups: &str) -> Option<&str> {
        groups.lines().find_map(|line| {
            let mut fields = line.splitn(3, ':');
            let (id, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
            let is_it = match self {
                Self::V1(controller) => controllers.split(',').any(|name| name == controller),
                Self::V2 => id == "0" && controllers.is_empty(),
            };
            is_it.then_some(path)
        })
    }

    /// Where it is if nothing says where.
    fn usual_mount(self) -> Mount {
        let (point, kind, options) = match self {
            Self::V1(controller) => (
                format!("/sys/fs/cgroup/{controller}"),
                "cgroup",
                controller.to_owned(),
            ),
            Self::V2 => ("/sys/fs/cgroup".to_owned(), "cgroup2", String::new()),
        };
        Mount {
            root: "/".to_owned(),
            point,
            kind: kind.to_owned(),
            options,
        }
    }
}

/// The folders of this process's group and those above it, as far as they can be seen, its own first.
fn folders(hierarchy: Hierarchy, groups: &str, mounts: &[Mount]) -> Vec<String> {
    let group = hierarchy.group(groups).unwrap_or("/");
    let usual = [hierarchy.usual_mount()];
    let mut here: Vec<&Mount> = mounts.iter().filter(|m| hierarchy.is_at(m)).collect();
    if here.is_empty() {
        here.extend(&usual);
    }
    let seen = here.iter().find_map(|mount| {
        let below = below(group, &mount.root)?;
        Some((mount.point.as_str(), below))
    });
    // A container may be told its group's name outside of it: what it sees is its own group then.
    let (point, below) = seen.unwrap_or((here[0].point.as_str(), ""));
    let point = point.trim_end_matches('/');
    let mut folders = Vec::new();
    let mut below = below.trim_end_matches('/');
    while let Some((above, _)) = below.rsplit_once('/') {
        folders.push(format!("{point}{below}"));
        below = above;
    }
    folders.push(point.to_owned());
    folders
}

/// What `group` is called below `root`: nothing, or a path that begins with `/`.
fn below<'a>(group: &'a str, root: &str) -> Option<&'a str> {
    let below = group.strip_prefix(root.trim_end_matches('/'))?;
    let is_name = |name: &str| !matches!(name, "." | "..");
    ((below.is_empty() || below.starts_with('/')) && below.split('/').all(is_name)).then_some(below)
}

/// The control groups' mounts of /proc/self/mountinfo. A later one hides an earlier one at its place.
fn mounts(mountinfo: &str) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = Vec::new();
    for mount in mountinfo.lines().filter_map(mount) {
        mounts.retain(|earlier| earlier.point != mount.point);
        mounts.push(mount);
    }
    mounts
}

/// `36 35 98:0 /root /point rw,noatime master:1 - kind source rw,options`
fn mount(line: &str) -> Option<Mount> {
    let (place, what) = line.split_once(" - ")?;
    let mut place = place.split(' ').skip(3);
    let (root, point) = (place.next()?, place.next()?);
    let mut what = what.split(' ');
    let (kind, _source, options) = (what.next()?, what.next()?, what.next()?);
    kind.starts_with("cgroup").then(|| Mount {
        root: unescape(root),
        point: unescape(point),
        kind: kind.to_owned(),
        options: options.to_owned(),
    })
}

/// mountinfo writes what separates its fields, and the backslash, in octal.
fn unescape(field: &str) -> String {
    let escapes = [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ];
    escapes
        .iter()
        .fold(field.to_owned(), |text, (escape, character)| {
            text.replace(escape, character)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1_MOUNTS: &str = "\
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n\
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:7 - cgroup cgroup rw,cpu,cpuacct\n\
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";
    const V2_MOUNT: &str =
        "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    const UNLIMITED: &str = "9223372036854771712\n";

    fn limits_of(files: &[(&str, &str)]) -> (Option<f64>, Option<u64>) {
        let limits = limits(|path| {
            let file = files.iter().find(|(name, _)| *name == path);
            file.map(|(_, text)| (*text).to_owned())
        });
        (limits.cpus, limits.memory_bytes)
    }

    #[test]
    fn the_smallest_limit_on_the_way_up_holds() {
        let version_1 = |own, above| {
            limits_of(&[
                ("/proc/self/mountinfo", V1_MOUNTS),
                (
                    "/proc/self/cgroup",
                    "4:memory:/a/b\n1:cpu,cpuacct:/c\n0::/\n",
                ),
                ("/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", own),
                ("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", above),
                ("/sys/fs/cgroup/memory/memory.limit_in_bytes", UNLIMITED),
                ("/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us", "150000\n"),
                ("/sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us", "100000\n"),
                ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
                ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
                // Another group's, which is no matter here.
                ("/sys/fs/cgroup/memory/c/memory.limit_in_bytes", "4096\n"),
            ])
        };
        assert_eq!(
            version_1("94371840\n", UNLIMITED),
            (Some(1.5), Some(90 << 20))
        );
        assert_eq!(version_1(UNLIMITED, "1048576\n").1, Some(1 << 20));
        assert_eq!(version_1(UNLIMITED, UNLIMITED).1, None);

        let version_2 = |own, above| {
            limits_of(&[
                ("/proc/self/mountinfo", V2_MOUNT),
                ("/proc/self/cgroup", "0::/user.slice/x.scope\n"),
                ("/sys/fs/cgroup/user.slice/x.scope/memory.max", own),
                ("/sys/fs/cgroup/user.slice/memory.max", above),
                ("/sys/fs/cgroup/user.slice/x.scope/cpu.max", "max 100000\n"),
                ("/sys/fs/cgroup/user.slice/cpu.max", "50000 100000\n"),
            ])
        };
        assert_eq!(version_2("max\n", "4194304\n"), (Some(0.5), Some(4 << 20)));
        assert_eq!(version_2("1048576\n", "4194304\n").1, Some(1 << 20));
        assert_eq!(version_2("max\n", "max\n").1, None);
    }

    #[test]
    fn both_versions_side_by_side() {
        let mounts =
            format!("{V1_MOUNTS}41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
        let hybrid = limits_of(&[
            ("/proc/self/mountinfo", &mounts),
            ("/proc/self/cgroup", "4:memory:/a\n1:cpu,cpuacct:/\n0::/u\n"),
            ("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1048576\n"),
            ("/sys/fs/cgroup/unified/u/cpu.max", "200000 100000\n"),
        ]);
        assert_eq!(hybrid, (Some(2.0), Some(1 << 20)));
    }

    #[test]
    fn a_container_sees_a_part_of_the_tree() {
        // Its group has its name outside, and is mounted alone.
        let mounted = "35 31 0:32 /docker/a1 /sys/fs/cgroup/memory ro - cgroup cgroup ro,memory\n";
        let in_part = limits_of(&[
            ("/proc/self/mountinfo", mounted),
            ("/proc/self/cgroup", "4:memory:/docker/a1/inner\n"),
            (
                "/sys/fs/cgroup/memory/inner/memory.limit_in_bytes",
                UNLIMITED,
            ),
            (
                "/sys/fs/cgroup/memory/inner/memory.stat",
                "cache 0\nhierarchical_memory_limit 2097152\n",
            ),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "4194304\n"),
        ]);
        assert_eq!(in_part.1, Some(2 << 20));
        // It has a name space of its own, and its group is the root of what it sees.
        let of_its_own = limits_of(&[
            ("/proc/self/mountinfo", V2_MOUNT),
            ("/proc/self/cgroup", "0::/\n"),
            ("/sys/fs/cgroup/memory.max", "1048576\n"),
            ("/sys/fs/cgroup/cpu.max", "150000 100000\n"),
        ]);
        assert_eq!(of_its_own, (Some(1.5), Some(1 << 20)));
        // Names that lead out of what is mounted.
        for group in ["0::/../other\n", "0::/elsewhere\n"] {
            let mounted = "30 23 0:26 /docker/a1 /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n";
            let outside = limits_of(&[
                ("/proc/self/mountinfo", mounted),
                ("/proc/self/cgroup", group),
                ("/sys/fs/cgroup/memory.max", "1048576\n"),
            ]);
            assert_eq!(outside.1, Some(1 << 20), "{group}");
        }
    }

    #[test]
    fn mount_points_have_names_of_any_kind() {
        let mounted = "30 23 0:26 / /my\\040groups rw - cgroup2 cgroup2 rw\n";
        let limits = limits_of(&[
            ("/proc/self/mountinfo", mounted),
            ("/proc/self/cgroup", "0::/a:b c\n"),
            ("/my groups/a:b c/memory.max", "1048576\n"),
        ]);
        assert_eq!(limits.1, Some(1 << 20));
    }

    #[test]
    fn what_says_nothing_limits_nothing() {
        assert_eq!(limits_of(&[]), (None, None));
        // Without a table of mounts, the usual places.
        let usual = [
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1048576\n"),
            ("/sys/fs/cgroup/cpu.max", "150000 100000\n"),
        ];
        assert_eq!(limits_of(&usual), (Some(1.5), Some(1 << 20)));
        let garbage = limits_of(&[
            ("/proc/self/mountinfo", "x - cgroup\n1 2 3 - \n - - -\n"),
            ("/proc/self/cgroup", "::\n0\n0::\nmemory\n4:memory:../..\n"),
            ("/sys/fs/cgroup/memory.max", "lots\n"),
            ("/sys/fs/cgroup/cpu.max", "1 0\n"),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "-1\n"),
            (
                "/sys/fs/cgroup/memory/memory.stat",
                "hierarchical_memory_limit \n",
            ),
            ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "0\n"),
            ("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "0\n"),
        ]);
        assert_eq!(garbage, (None, None));
    }
}
