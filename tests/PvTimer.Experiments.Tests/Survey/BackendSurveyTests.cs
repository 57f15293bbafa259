using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using PvTimer.Experiments.Survey;
using PvTimer.Experiments.Tests.Scenarios;
using PvTimer.Model.Backends;
using PvTimer.Scenarios;

namespace PvTimer.Experiments.Tests.Survey;

/// <summary>The same guests on every back-end, and what closed forms say of their exits.</summary>
public sealed class BackendSurveyTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private BackendSurvey SurveyOf(string guest, string host = "costs = skylake", string vm = "") =>
        BackendSurvey.Of(
            _folder.Write(
                $$"""
                scenario {
                  duration = 400ms, host { cpus = 4, {{host}} }
                  vms = [ { name = a, {{vm}} guest { {{guest}} } } ]
                  thresholds { "pvtimer.timers.lost" = "= 0" }
                }
                """
            ),
            [],
            CancellationToken.None
        );

    /// <summary>Polling and halting guests, with deadlines before and behind the next scan.</summary>
    [Theory]
    [InlineData("type = cyclictest, period = 1ms", "idle = poll,")]
    [InlineData("type = cyclictest, period = 200us", "idle = poll,")]
    [InlineData("type = cyclictest, period = 125us", "")]
    [InlineData("type = tick, hz = 1000, no-hz = off", "")]
    [InlineData("type = tick, hz = 1000, no-hz = off", "idle = poll,")]
    [InlineData("type = nanosleep, sleep = 400us", "")]
    [InlineData("type = cyclictest, period = 1ms", "hlt-exits = false,")]
    public void Exits_of_every_back_end_are_as_its_closed_form_says(string guest, string vm)
    {
        BackendSurvey survey = SurveyOf(guest, vm: vm);
        Assert.Equal(TimerBackends.All, survey.Backends.Select(row => row.Backend));
        foreach (SurveyedBackend row in survey.Backends.Where(row => row.Result is not null))
        {
            Assert.Equal(row.LeastExits, row.MostExits);
            // The first deadline, and the last one that has not fired.
            double slack = 2.5 / row.Result!.Report.Timers.Fired;
            Assert.InRange(
                row.OwnExits!.Value,
                row.LeastExits!.Value - slack,
                row.MostExits!.Value + slack
            );
            Assert.Equal(
                row.OwnExits.Value,
                row.ProgrammingExits!.Value + row.ExpiryExits!.Value,
                5
            );
            Assert.True(row.AllExits >= row.OwnExits);
        }
    }

    /// <summary>Cases in which a rule of thumb would say another number than comes out.</summary>
    [Theory]
    [InlineData("type = tscdeadline, ahead = 0cycles", "", "costs = skylake")]
    [InlineData("type = tscdeadline", "", "costs = skylake")]
    [InlineData("type = nanosleep, sleep = 500ns", "idle = poll,", "costs = skylake")]
    [InlineData("type = nanosleep, sleep = 5us", "idle = poll,", "costs = skylake")]
    [InlineData("type = nanosleep, sleep = 20us", "idle = poll,", "costs = skylake")]
    [InlineData(
        "type = nanosleep, sleep = 50us",
        "idle = poll,",
        "costs = skylake, timer-advance = 60us"
    )]
    [InlineData("type = tick", "idle = poll,", "costs = skylake")]
    [InlineData("type = tick, hz = 1000", "", "costs = skylake")]
    [InlineData("type = nanosleep, sleep = 30us", "guest-halt-poll = 200us,", "costs = skylake")]
    [InlineData("type = cyclictest", "idle = poll,", "costs = skylake, timer-cpu = offline")]
    public void No_closed_form_is_contradicted_by_its_run(string guest, string vm, string host)
    {
        foreach (
            SurveyedBackend row in SurveyOf(guest, host, vm)
                .Backends.Where(row => row is { Result: not null, LeastExits: not null })
        )
        {
            double slack = 2.5 / row.Result!.Report.Timers.Fired;
            Assert.True(
                row.OwnExits >= row.LeastExits - slack && row.OwnExits <= row.MostExits + slack,
                $"{row.Backend}: {row.OwnExits}, {row.LeastExits} to {row.MostExits}"
            );
        }
    }

    [Theory]
    [InlineData("worker = busy", "")]
    [InlineData("", "events = [ { at = 100ms, offline = \"h0/pcpu-3\" } ]")]
    public void Busy_worker_and_a_timer_cpu_that_goes_do_not_contradict_it_either(
        string pvTimer,
        string rest
    )
    {
        BackendSurvey survey = BackendSurvey.Of(
            _folder.Write(
                $$"""
                scenario {
                  duration = 400ms, host { cpus = 4, costs = skylake }, pvtimer { {{pvTimer}} }
                  vms = [ { name = a, idle = poll, guest { type = cyclictest, period = 100us } } ]
                  {{rest}}
                }
                """
            ),
            [],
            CancellationToken.None
        );
        SurveyedBackend row = survey.Backends.Single(each => each.Backend == TimerBackends.PvTimer);
        Assert.Equal(rest.Length == 0, row.LeastExits is not null);
        Assert.True(row.LeastExits is null || (row.LeastExits, row.MostExits) == (0, 0));
        Assert.True(rest.Length > 0 || row.OwnExits < 0.01);
    }

    [Theory]
    [InlineData("type = cyclictest, period = 1ms", "clock-event = hyperv-stimer, idle = poll,", 1)]
    [InlineData("type = lapic-timer, mode = one-shot, period = 1ms", "", 0)]
    public void Exits_that_program_are_those_of_whatever_timer_is_set(
        string guest,
        string vm,
        int expiry
    )
    {
        SurveyedBackend row = SurveyOf(guest, vm: vm)
            .Backends.Single(each => each.Backend == TimerBackends.Hrtimer);
        Assert.InRange(row.ProgrammingExits!.Value, 0.99, 1.01);
        Assert.InRange(row.ExpiryExits!.Value, expiry - 0.01, expiry + 0.01);
    }

    [Fact]
    public void Of_a_guest_whose_use_of_its_timer_is_not_known_a_closed_form_is_a_range()
    {
        foreach (
            SurveyedBackend row in SurveyOf("type = exponential, mean = 300us")
                .Backends.Where(row => row.Result is not null)
        )
        {
            Assert.InRange(
                row.OwnExits!.Value,
                row.LeastExits!.Value - 0.01,
                row.MostExits!.Value + 0.01
            );
        }
    }

    [Theory]
    [InlineData("type = cyclictest", "backend = preemption-timer,")]
    [InlineData("type = cyclictest", "clock-event = hyperv-stimer,")]
    [InlineData("type = cyclictest", "apicv = off,")]
    [InlineData("type = lapic-timer", "")]
    public void Where_a_vm_has_another_timer_than_the_back_ends_there_is_no_closed_form(
        string guest,
        string vm
    ) => Assert.All(SurveyOf(guest, vm: vm).Backends, row => Assert.Null(row.LeastExits));

    [Theory]
    [InlineData("costs = epyc-kvm", "preemption-timer", "preemption-timer needs")]
    [InlineData("costs = skylake", "paratick", "for guests that tick")]
    public void Back_end_that_cannot_serve_the_guest_says_why_and_the_others_are_run(
        string host,
        string backend,
        string reason
    )
    {
        BackendSurvey survey = SurveyOf("type = cyclictest", host);
        SurveyedBackend refused = survey.Backends.Single(row => row.Backend.Name == backend);
        Assert.Null(refused.Result);
        Assert.Contains(reason, refused.Refusal, StringComparison.Ordinal);
        Assert.Contains("; accepted: ", refused.Refusal, StringComparison.Ordinal);
        Assert.NotNull(survey.Backends.Single(row => row.Backend.Name == "pvtimer").Result);
    }

    [Fact]
    public void Mistake_in_the_scenario_itself_is_said_as_one()
    {
        ScenarioException mistake = Assert.Throws<ScenarioException>(() =>
            SurveyOf("type = cyclictest", host: "costs = skylake, halt-pol = 3us")
        );
        Assert.Contains("host.halt-pol", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Document_has_a_row_for_each_back_end_with_exits_by_reason()
    {
        JsonNode document = SurveyDocument.Of([SurveyOf("type = cyclictest", vm: "idle = poll,")]);
        JsonArray rows = document["scenarios"]![0]!["backends"]!.AsArray();
        Dictionary<string, JsonNode> byName = rows.ToDictionary(
            row => (string)row!["backend"]!,
            row => row!,
            StringComparer.Ordinal
        );
        Assert.Equal([.. TimerBackends.All.Select(each => each.Name)], (string[])[.. byName.Keys]);
        Assert.InRange((double)Reasons("hrtimer")["EXTERNAL_INTERRUPT"]!, 0.99, 1.01);
        Assert.InRange((double)Reasons("preemption-timer")["PREEMPTION_TIMER"]!, 0.99, 1.01);
        Assert.InRange((double)Reasons("avic")["interrupt"]!, 0.99, 1.01);
        Assert.NotNull(byName["paratick"]["refused"]);
        Assert.NotNull(byName["pvtimer"]["timer_cpu_seconds_per_second"]);
        Assert.Null(byName["hrtimer"]["timer_cpu_seconds_per_second"]);

        JsonObject Reasons(string backend) =>
            byName[backend]["exits_per_timer"]!["by_reason"]!.AsObject();
    }

    [Fact]
    public void Stopped_survey_ends()
    {
        string file = _folder.Write(ScenarioFolder.Plain);
        Assert.Throws<OperationCanceledException>(() =>
            BackendSurvey.Of(file, [], new CancellationToken(canceled: true))
        );
    }
}
