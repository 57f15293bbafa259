using System;
using System.Linq;
using PvTimer.Actors;
using PvTimer.Engine;
using PvTimer.Model.Description;
using PvTimer.Model.Events;

namespace PvTimer.Cli.Benchmarks;

/// <summary>A machine on one engine, started, run and frozen in steps that can be measured apart.</summary>
internal abstract class ScaleRun : IDisposable
{
    /// <summary>The names of both engines.</summary>
    public static readonly string[] Engines = ["sequential", "actors"];

    /// <param name="engine">One of <see cref="Engines"/>.</param>
    /// <param name="machine">Runs once.</param>
    public static ScaleRun Start(string engine, EmulatedMachine machine) =>
        engine == Engines[0] ? new Sequential(machine) : new OfActors(machine);

    /// <summary>Runs it to its end.</summary>
    public abstract RunOutcome Execute();

    /// <summary>Freezes what stands at the end.</summary>
    /// <returns>Bytes.</returns>
    public abstract long Freeze();

    /// <inheritdoc/>
    public abstract void Dispose();

    private sealed class Sequential : ScaleRun
    {
        private readonly EmulatedMachine _machine;
        private readonly Partition _partition;
        private readonly Kernel _kernel;
        private readonly Region _region;

        public Sequential(EmulatedMachine machine)
        {
            _machine = machine;
            _partition = Partition.IntoBlocks(machine, regions: 1);
            _kernel = new Kernel(machine, _partition, region: 0);
            _region = new Region(
                _kernel,
                _partition,
                Lookahead.Of(machine, _partition),
                machine.End,
                link: null,
                @continue: null
            );
        }

        public override RunOutcome Execute()
        {
            while (_region.RunRound()) { }
            return _region.Failure is null
                ? SequentialEngine.OutcomeOf(_machine, _partition, [_kernel], _region)
                : throw _region.Failure;
        }

        public override void Dispose() { }

        public override long Freeze() =>
            _region.Freeze([.. _machine.Entities.Select(entity => entity.Id)]).LongLength;
    }

    private sealed class OfActors : ScaleRun
    {
        private readonly ActorRun _run;
        private Func<Resumption>? _freeze;

        public OfActors(IMachine machine) =>
            _run = new ActorRun(
                machine,
                new RunOptions { AtEnd = freeze => _freeze = freeze },
                new ActorOptions()
            );

        public override RunOutcome Execute() => _run.Execute();

        public override long Freeze() => _freeze!().Bytes;

        public override void Dispose() => _run.Dispose();
    }
}
