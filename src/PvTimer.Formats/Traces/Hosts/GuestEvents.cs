using System.Globalization;
using System.Text;

namespace PvTimer.Formats.Traces.Hosts;

/// <summary>Events as the guest of a host recording would have recorded them, by the guest's CPU.</summary>
internal sealed class GuestEvents
{
    /// <summary>An exit of the guest's own, which a recording made inside the guest does not have.</summary>
    public const string OwnExit = "own_exit";

    /// <summary>In <see cref="OwnExit"/>: the value of the recorded step.</summary>
    public const string OwnExitValue = "value";

    /// <summary>Everything that was added.</summary>
    public TraceEventList All { get; } = new();

    /// <param name="name">The event.</param>
    /// <param name="vcpu">The guest's CPU.</param>
    /// <param name="at">In the clock of the guest's recording.</param>
    /// <param name="line">The line of the host's recording that says so.</param>
    /// <param name="body">What the event says.</param>
    public void Add(string name, HostThread vcpu, ulong at, long line, string body)
    {
        TraceLine text = new()
        {
            Task = "vcpu"u8,
            Pid = vcpu.Id,
            Cpu = vcpu.Vcpu,
            At = at,
            Name = Encoding.UTF8.GetBytes(name),
            Body = Encoding.UTF8.GetBytes(body),
        };
        All.Add(text, line);
    }

    public static string MsrWrite(uint msr, ulong value) =>
        string.Create(CultureInfo.InvariantCulture, $"{msr:x}, value {value:x}");

    public static string Field(string name, ulong value) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}={value}");
}
