using System;
using System.Globalization;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>The thread that runs a vCPU: on a host it is what a guest calls a CPU; it moves from CPU to CPU.</summary>
/// <param name="Id">Its thread id.</param>
/// <param name="Name">Such as "CPU 0/KVM".</param>
/// <param name="Vcpu">The vCPU's number: what KVM's events say, else the name, else the order of the ids.</param>
public sealed record HostThread(int Id, string Name, int Vcpu)
{
    /// <summary>
    /// The number in a thread's name: "CPU 3/KVM" (QEMU, libvirt), "fc_vcpu 3" (Firecracker), "vcpu3" (Cloud
    /// Hypervisor), "crosvm_vcpu3". Null if there is none.
    /// </summary>
    public static int? VcpuOf(string name)
    {
        const string Qemu = "CPU ";
        const string Others = "vcpu";
        ReadOnlySpan<char> rest = name;
        if (rest.StartsWith(Qemu, StringComparison.Ordinal))
        {
            rest = rest[Qemu.Length..];
        }
        else if (rest.IndexOf(Others, StringComparison.OrdinalIgnoreCase) is >= 0 and int at)
        {
            rest = rest[(at + Others.Length)..].TrimStart(" _-");
        }
        else
        {
            return null;
        }
        int end = rest.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(
            end < 0 ? rest : rest[..end],
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int vcpu
        )
            ? vcpu
            : null;
    }
}
