using System.Collections.Immutable;
using PvTimer.Model.Chance;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.State;
using PvTimer.Model.Time;

namespace PvTimer.Model.Processors;

/// <summary>
/// What interrupting a vCPU in guest mode costs a pCPU beside the fixed costs (<see cref="RunningState"/>).
/// State: how many numbers were drawn.
/// </summary>
internal sealed class RunningDelays : IStateful
{
    private readonly ImmutableArray<RunningState> _states;
    private PhiloxSequence _chance;

    /// <param name="states">At least one, ascending, the first from 0.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="pcpu">Whose draws they are.</param>
    public RunningDelays(ImmutableArray<RunningState> states, ulong seed, EntityId pcpu)
    {
        _states = states;
        _chance = new PhiloxSequence(seed, pcpu.Index, ChancePurpose.RunningDelay);
    }

    /// <param name="inGuest">How long the vCPU had been in guest mode without an exit.</param>
    public VirtualDuration Draw(VirtualDuration inGuest)
    {
        RunningState deepest = _states[0];
        foreach (RunningState state in _states)
        {
            deepest = inGuest >= state.From ? state : deepest;
        }
        return deepest.Delay.Draw(ref _chance);
    }

    /// <inheritdoc/>
    public void Transfer(StateTransfer state) => _chance.Transfer(state);
}
