using System;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using PvTimer.Model.Time;
using PvTimer.Scenarios.Source;

namespace PvTimer.Scenarios.Reading;

/// <summary>Reads <c>events = [ ... ]</c>: what is done to the machine from outside while it runs.</summary>
internal sealed partial class EventReader
{
    private const string MoveKey = "move";
    private const string MigrateKey = "migrate";
    private const string PauseKey = "pause";
    private const string ToKey = "to";
    private const string VcpuPart = "/vcpu-";
    private const string PcpuPart = "pcpu-";
    private const int MostNamed = 8;
    private const string Forms =
        "one of move, migrate, pause, guest, interrupt, set-msr, save-restore, stall, offline, such as { at, move = \"web-0/vcpu-1\", to = pcpu-3 }";

    private static readonly string[] Verbs =
    [
        MoveKey,
        MigrateKey,
        PauseKey,
        GuestKey,
        InterruptKey,
        SetMsrKey,
        SaveRestoreKey,
        StallKey,
        OfflineKey,
    ];

    private readonly HostSettings _host;
    private readonly int _hosts;
    private readonly VirtualDuration _duration;
    private readonly uint _enableMsr;
    private readonly ImmutableArray<(VmSettings Of, string Name, int Host)> _vms;

    // Where the events so far have brought each VM, and when the last of them was.
    private readonly int[] _hostOf;
    private readonly VirtualDuration[] _lastAt;

    private EventReader(
        HostSettings host,
        int hosts,
        ImmutableArray<VmSettings> vms,
        VirtualDuration duration,
        uint enableMsr
    )
    {
        _enableMsr = enableMsr;
        _host = host;
        _hosts = hosts;
        _duration = duration;
        _vms = [.. MachineDescriptionBuilder.InstancesOf(vms, hosts)];
        _hostOf = [.. _vms.Select(vm => vm.Host)];
        _lastAt = new VirtualDuration[_vms.Length];
    }

    public static ImmutableArray<EventSettings> ReadAll(
        Settings from,
        HostSettings host,
        int hosts,
        ImmutableArray<VmSettings> vms,
        VirtualDuration duration,
        uint enableMsr
    )
    {
        EventReader reader = new(host, hosts, vms, duration, enableMsr);
        return [.. from.Sections("events").Select(reader.Read)];
    }

    private EventSettings Read(Settings from)
    {
        VirtualDuration at = from.Span("at", VirtualDuration.Zero, null);
        if (at >= _duration)
        {
            throw from.Error(
                "at",
                $"'{Units.Write(at)}' is not before the end of the run",
                $"a span shorter than {Units.Write(_duration)}"
            );
        }
        string[] said = Array.FindAll(Verbs, from.Has);
        if (said.Length != 1)
        {
            string what =
                said.Length == 0
                    ? "says nothing that could be done"
                    : $"says both {said[0]} and {said[1]}";
            throw from.Error(said.Length == 0 ? "at" : said[0], what, Forms);
        }
        string name = from.RequiredText(said[0], "a name such as web-0, web-0/vcpu-1 or h0/pcpu-3");
        EventSettings happening = said[0] switch
        {
            MoveKey => Move(from, at, name),
            MigrateKey => Migrate(from, at, name),
            PauseKey => Pause(from, at, name),
            GuestKey => Command(from, at, name),
            InterruptKey => Interrupt(from, at, name),
            SetMsrKey => SetMsr(from, at, name),
            StallKey => Stall(from, at, name),
            OfflineKey => Offline(from, at, name),
            _ => SaveRestore(from, at, name),
        };
        from.RejectUnknown();
        return happening;
    }

    private MoveSettings Move(Settings from, VirtualDuration at, string name)
    {
        (string vm, int vcpu, _) = Vcpu(from, MoveKey, at, name);
        string accepted = Text($"{PcpuPart}0 to {PcpuPart}{_host.Cpus - 1}");
        int to = Number(from, PcpuPart, _host.Cpus, "pCPU", accepted);
        VmReader.RejectTimerCpu(_host, to, from.Find(ToKey)!.At, HoconPath.Child(from.Path, ToKey));
        return new MoveSettings(at, vm, vcpu, to);
    }

    /// <summary>The instance, the index and the settings of the vCPU that a key names.</summary>
    private (string Vm, int Vcpu, VmSettings Of) Vcpu(
        Settings from,
        string key,
        VirtualDuration at,
        string name
    )
    {
        int slash = name.IndexOf(VcpuPart, StringComparison.Ordinal);
        if (
            slash < 0
            || !int.TryParse(
                name[(slash + VcpuPart.Length)..],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out int vcpu
            )
        )
        {
            throw from.Error(key, $"'{name}' is no vCPU", "a vCPU such as web-0/vcpu-1");
        }
        int vm = Find(from, key, name[..slash], at);
        if (vcpu >= _vms[vm].Of.Vcpus)
        {
            throw from.Error(
                key,
                $"there is no vCPU '{name}'",
                Text(
                    $"{_vms[vm].Name}{VcpuPart}0 to {_vms[vm].Name}{VcpuPart}{_vms[vm].Of.Vcpus - 1}"
                )
            );
        }
        return (_vms[vm].Name, vcpu, _vms[vm].Of);
    }

    private MigrateSettings Migrate(Settings from, VirtualDuration at, string name)
    {
        int slash = name.IndexOf(VcpuPart, StringComparison.Ordinal);
        if (slash >= 0)
        {
            throw from.Error(
                MigrateKey,
                $"'{name}' is one vCPU, and the vCPUs of a VM cannot be on two hosts",
                $"the whole VM: {name[..slash]}"
            );
        }
        int vm = Find(from, MigrateKey, name, at);
        string accepted = OtherHosts(_hostOf[vm]);
        int to = Number(from, "h", _hosts, "host", accepted);
        if (to == _hostOf[vm])
        {
            throw from.Error(ToKey, Text($"{_vms[vm].Name} is on h{to} already"), accepted);
        }
        _hostOf[vm] = to;
        return new MigrateSettings(at, _vms[vm].Name, to);
    }

    private PauseSettings Pause(Settings from, VirtualDuration at, string name)
    {
        int slash = name.IndexOf(VcpuPart, StringComparison.Ordinal);
        return slash >= 0
            ? throw from.Error(
                PauseKey,
                $"'{name}' is one vCPU, and a VM is paused as a whole",
                $"the whole VM: {name[..slash]}"
            )
            : new PauseSettings(
                at,
                _vms[Find(from, PauseKey, name, at)].Name,
                from.Span("for", VirtualDuration.Smallest, null)
            );
    }

    private string OtherHosts(int host) =>
        _hosts == 1
            ? "a scenario with more hosts"
            : Listed([
                .. Enumerable
                    .Range(0, _hosts)
                    .Where(other => other != host)
                    .Select(other => Text($"h{other}")),
            ]);

    /// <summary>What stands behind the prefix in <c>to</c>: a number below <paramref name="count"/>.</summary>
    private static int Number(Settings from, string prefix, int count, string what, string accepted)
    {
        string name = from.RequiredText(ToKey, accepted);
        bool known =
            name.StartsWith(prefix, StringComparison.Ordinal)
            & int.TryParse(
                name.AsSpan(Math.Min(prefix.Length, name.Length)),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out int number
            );
        return known && number < count
            ? number
            : throw from.Error(ToKey, $"there is no {what} '{name}'", accepted);
    }

    /// <summary>A VM's instance by its own name, or by the VM's if there is only one.</summary>
    private int Find(Settings from, string key, string name, VirtualDuration at)
    {
        for (int vm = 0; vm < _vms.Length; vm++)
        {
            if (_vms[vm].Name != name && (_vms[vm].Of.Count != 1 || _vms[vm].Of.Name != name))
            {
                continue;
            }
            if (at < _lastAt[vm])
            {
                string before = Units.Write(_lastAt[vm]);
                throw from.Error(
                    "at",
                    $"an event of {_vms[vm].Name} at {before} stands before it",
                    $"the events of one VM in the order of their times: at least {before}"
                );
            }
            _lastAt[vm] = at;
            return vm;
        }
        throw from.Error(key, $"there is no VM '{name}'", Listed([.. _vms.Select(vm => vm.Name)]));
    }

    private static string Listed(ImmutableArray<string> names) =>
        string.Join(", ", names.Take(MostNamed))
        + (names.Length > MostNamed ? Text($" and {names.Length - MostNamed} more") : "");

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
