using PvTimer.Model.Chance;
using PvTimer.Model.Costs;
using PvTimer.Model.Events;
using PvTimer.Model.Messages;
using PvTimer.Model.State;

namespace PvTimer.Model.Processors;

/// <summary>
/// Where a pCPU's <see cref="HostNoise"/> comes from: one interruption is on its way at any time; when it has
/// come, the next is drawn. State: how many numbers were drawn.
/// </summary>
internal sealed class NoiseSource : IStateful
{
    private readonly HostNoise _noise;
    private PhiloxSequence _chance;

    public NoiseSource(HostNoise noise, ulong seed, EntityId pcpu)
    {
        _noise = noise;
        _chance = new PhiloxSequence(seed, pcpu.Index, ChancePurpose.HostNoise);
    }

    /// <summary>Draws when the next interruption comes and how long it is, and sends it.</summary>
    public void SendNext(IEffects effects) =>
        effects.After(
            ExponentialSampler.Draw(ref _chance, _noise.Every),
            new HostInterruption(_noise.Length.Draw(ref _chance))
        );

    /// <inheritdoc/>
    public void Transfer(StateTransfer state) => _chance.Transfer(state);
}
