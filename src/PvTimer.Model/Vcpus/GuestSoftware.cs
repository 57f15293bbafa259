using PvTimer.Model.Apic;
using PvTimer.Model.Guests;
using PvTimer.Model.Messages;
using PvTimer.Model.Msrs;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Vcpus;

/// <summary>The program that one vCPU runs, how its kernel idles, and the clock by which that reckons.</summary>
internal sealed class GuestSoftware(VcpuConfiguration configuration, Lapic lapic) : IStateful
{
    private readonly IGuestProgram _program = configuration.Program;
    private readonly TscFrequency _measured = configuration.Clock.Frequency;
    private readonly Lapic _lapic = lapic;

    /// <summary>Null: it executes HLT as soon as there is nothing to do.</summary>
    private readonly HaltPollGovernor? _haltPoll = configuration.HaltPolling is { } parameters
        ? new HaltPollGovernor(parameters, lapic, configuration.Clock.Frequency)
        : null;

    /// <summary>The guest's kernel converts by the rate that it measured when it booted, whatever a migration made of it.</summary>
    private GuestContext Context(VirtualTime now) =>
        new(
            now,
            _lapic.GuestTsc.Frequency == _measured
                ? _lapic.GuestTsc
                : new TscClock(_lapic.GuestTsc.At(now), _measured) { Since = now }
        );

    public GuestStep Next(VirtualTime now) => _program.Next(Context(now));

    /// <summary>There is nothing to do: HLT, or a poll before it.</summary>
    public GuestOperation Idle(VirtualTime now) =>
        _haltPoll?.Select(now) ?? new GuestOperation(GuestOperationKind.Halt);

    /// <summary>A poll goes on, or is over and HLT follows.</summary>
    public GuestOperation PollOn(VirtualTime now, GuestOperation poll) =>
        _haltPoll!.PollOn(now, poll);

    /// <summary>The handler of an interrupt has ended.</summary>
    public void OnHandlerEnd(VirtualTime now) => _haltPoll?.Reflect(now);

    public void OnInterrupt(VirtualTime now, GuestInterrupt interrupt) =>
        _program.OnInterrupt(Context(now), interrupt);

    public void OnMsrAccess(
        VirtualTime now,
        MsrAccessKind kind,
        uint msr,
        ulong value,
        MsrResult result
    ) => _program.OnMsrAccess(Context(now), kind, msr, value, result);

    /// <summary>True if it spins on its word of memory: it sees the command and begins.</summary>
    public bool OnCommand(Command command) => _program.OnCommand(command);

    public void OnReset()
    {
        _program.OnReset();
        _haltPoll?.Reset();
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state)
    {
        _program.Transfer(state);
        _haltPoll?.Transfer(state);
    }
}
