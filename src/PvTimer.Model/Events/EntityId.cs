using System.Globalization;

namespace PvTimer.Model.Events;

/// <summary>
/// The scenario's own index of an entity (pCPU, vCPU or timer kthread), counted from 0 in the order of
/// the scenario: the same on every node, whatever was started first. It is the event key's Source.
/// </summary>
public readonly record struct EntityId(int Index)
{
    public override string ToString() => Index.ToString(CultureInfo.InvariantCulture);
}
