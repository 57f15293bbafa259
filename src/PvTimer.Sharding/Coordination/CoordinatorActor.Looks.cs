using System;
using System.Collections.Generic;
using System.Linq;
using Akka.Actor;
using PvTimer.Model.Looks;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Looks;

namespace PvTimer.Sharding.Coordination;

/// <content>
/// Looks at the machine: those who ask while one is taken are answered together with the next one. Nobody
/// asks, nothing is looked at.
/// </content>
internal sealed partial class CoordinatorActor
{
    /// <summary>
    /// Whoever has not answered by then is missing. A look takes three windows, which last long on a large
    /// machine; whoever asked waits for <see cref="FrontActor.AnswerWithin"/>.
    /// </summary>
    private static readonly TimeSpan LookLimit = FrontActor.AnswerWithin * 0.7;

    private readonly List<(IActorRef Asker, AskLook Ask)> _lookAskers = [];
    private readonly List<IActorRef> _lookWaiters = [];
    private LookRound? _looking;
    private LookRound? _lastLook;
    private int _lookNumber;

    private void OnAskLook(AskLook ask)
    {
        _lookAskers.Add((Sender, ask));
        AttendLooks();
    }

    /// <summary>Begins the next look, gives up one that takes too long, answers what can only be answered from memory.</summary>
    private void AttendLooks()
    {
        if (_looking is { } late && (late.Age > LookLimit || late.Epoch != _run?.Form?.Epoch))
        {
            Conclude(late);
        }
        if (_looking is not null || _lookAskers.Count == 0)
        {
            return;
        }
        if (_run is { Form: not null, Phase: RunPhase.Running or RunPhase.Held } run)
        {
            BeginLook(run);
            return;
        }
        LookAnswer known = Remembered();
        foreach ((IActorRef asker, _) in _lookAskers)
        {
            asker.Tell(known);
        }
        _lookAskers.Clear();
    }

    private void BeginLook(ActiveRun run)
    {
        LookRequest request = _lookAskers.Aggregate(
            LookRequest.Sums,
            (all, one) => all.And(one.Ask.Request)
        );
        bool digests = run.Phase == RunPhase.Held && _lookAskers.Exists(one => one.Ask.Hash);
        _lookWaiters.AddRange(_lookAskers.Select(one => one.Asker));
        _lookAskers.Clear();
        _looking = new LookRound(run.Form!, ++_lookNumber, request);
        ToSeats(run, new TakeLook(run.Form!.Epoch, _lookNumber, request, digests));
    }

    private void OnLookTaken(LookTaken taken)
    {
        if (_run?.Form is not { } form || form.Epoch != taken.Epoch)
        {
            return;
        }
        if (taken.Number == LookTaken.LastLook)
        {
            if (_lastLook?.Epoch != taken.Epoch)
            {
                _lastLook = new LookRound(form, taken.Number, LookRequest.Sums);
            }
            _lastLook.Add(taken);
            Remember(_lastLook);
        }
        else if (_looking?.Number == taken.Number)
        {
            _looking.Add(taken);
            if (_looking.IsWhole)
            {
                Conclude(_looking);
                AttendLooks();
            }
        }
    }

    private void Conclude(LookRound round)
    {
        _looking = null;
        Remember(round);
        LookAnswer answer = round.Answer(_run?.Phase ?? RunPhase.Unknown);
        foreach (IActorRef waiter in _lookWaiters)
        {
            waiter.Tell(answer);
        }
        _lookWaiters.Clear();
    }

    private void Remember(LookRound round)
    {
        if (_run is { } run && run.Form?.Epoch == round.Epoch)
        {
            LookAnswer answer = round.Answer(run.Phase);
            run.LastLook = answer.Look is null ? run.LastLook : answer;
            run.LookedAt = MonotonicTime.Now;
        }
    }

    private LookAnswer Remembered() =>
        _run is not { } run ? LookAnswer.Nothing
        : run.LastLook is { } last
            ? last with
            {
                Phase = run.Phase,
                AgeMilliseconds = (long)(MonotonicTime.Now - run.LookedAt).TotalMilliseconds,
            }
        : LookAnswer.Nothing with
        {
            RunId = run.Spec.Id,
            Backend = run.Spec.Backend,
            Phase = run.Phase,
        };
}
