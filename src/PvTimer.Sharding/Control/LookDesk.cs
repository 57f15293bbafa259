using System;
using System.Collections.Generic;
using System.Linq;
using PvTimer.Model.Looks;
using PvTimer.Sharding.Clients;
using PvTimer.Sharding.Looks;

namespace PvTimer.Sharding.Control;

/// <summary>
/// Looks at the machine: those who ask while one is taken are answered together with the next one. Without a
/// question no node is asked to look.
/// </summary>
internal sealed class LookDesk(CoordinatorState state)
{
    /// <summary>
    /// A node that has not answered by then is missing. A look takes three windows, which last long on a large
    /// machine; a client waits for <see cref="FrontActor.AnswerWithin"/>.
    /// </summary>
    private static readonly TimeSpan Limit = FrontActor.AnswerWithin * 0.7;

    /// <summary>So many wait for the next look; others are answered with the last one.</summary>
    internal const int MostAskers = 1_000;

    private readonly List<(long Asker, AskLook Ask)> _askers = [];
    private readonly List<long> _waiters = [];
    private LookRound? _looking;
    private LookRound? _last;
    private int _number;

    public void OnAsk(long asker, AskLook ask)
    {
        if (_askers.Count == MostAskers)
        {
            state.Do(new CoordinatorEffect.Answer(asker, Remembered()));
            return;
        }
        _askers.Add((asker, ask));
        Attend();
    }

    /// <summary>A node has taken a look of this number before this coordinator came: numbers only grow.</summary>
    public void NoteTaken(int number) => _number = Math.Max(_number, number);

    /// <summary>Begins the next look, gives up one that takes too long, answers what can only be answered from memory.</summary>
    public void Attend()
    {
        if (
            _looking is { } late
            && (state.Elapsed - late.Began > Limit || late.Epoch != state.Run?.Formation?.Epoch)
        )
        {
            Conclude(late);
        }
        if (_looking is not null || _askers.Count == 0)
        {
            return;
        }
        if (state.Run is { Formation: { } formation, Phase: RunPhase.Running or RunPhase.Held } run)
        {
            Begin(run, formation);
            return;
        }
        LookAnswer known = Remembered();
        foreach ((long asker, _) in _askers)
        {
            state.Do(new CoordinatorEffect.Answer(asker, known));
        }
        _askers.Clear();
    }

    private void Begin(ActiveRun run, CurrentFormation formation)
    {
        LookRequest request = _askers.Aggregate(
            LookRequest.Sums,
            (all, one) => all.And(one.Ask.Request)
        );
        bool digests = run.Phase == RunPhase.Held && _askers.Exists(one => one.Ask.Hash);
        _waiters.AddRange(_askers.Select(one => one.Asker));
        _askers.Clear();
        _looking = new LookRound(formation.Form, ++_number, request, state.Elapsed);
        state.TellSeats(run, new TakeLook(formation.Epoch, _number, request, digests));
    }

    public void OnTaken(LookTaken taken)
    {
        if (state.Run?.Formation is not { } formation || formation.Epoch != taken.Epoch)
        {
            return;
        }
        if (taken.Number == LookTaken.LastLook)
        {
            if (_last?.Epoch != taken.Epoch)
            {
                _last = new LookRound(
                    formation.Form,
                    taken.Number,
                    LookRequest.Sums,
                    state.Elapsed
                );
            }
            _last.Add(taken);
            Remember(_last);
        }
        else if (_looking?.Number == taken.Number)
        {
            _looking.Add(taken);
            if (_looking.IsWhole)
            {
                Conclude(_looking);
                Attend();
            }
        }
    }

    private void Conclude(LookRound round)
    {
        _looking = null;
        Remember(round);
        LookAnswer answer = round.Answer(state.Run?.Phase ?? RunPhase.Unknown);
        foreach (long waiter in _waiters)
        {
            state.Do(new CoordinatorEffect.Answer(waiter, answer));
        }
        _waiters.Clear();
    }

    private void Remember(LookRound round)
    {
        if (state.Run is { } run && run.Formation?.Epoch == round.Epoch)
        {
            run.LastLook = round.IsEmpty ? run.LastLook : round;
            run.LookedAt = state.Elapsed;
        }
    }

    private LookAnswer Remembered() =>
        state.Run is not { } run ? LookAnswer.Nothing
        : run.LastLook is { } last
            ? last.Answer(run.Phase) with
            {
                AgeMilliseconds = (long)(state.Elapsed - run.LookedAt).TotalMilliseconds,
            }
        : LookAnswer.Nothing with
        {
            RunId = run.Spec.Id,
            Backend = run.Spec.Backend,
            Phase = run.Phase,
        };
}
