using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using PvTimer.Experiments;
using PvTimer.Experiments.Survey;
using PvTimer.Scenarios;

namespace PvTimer.Cli.Display;

/// <summary>What pvtimer backends prints: a table for each scenario, a line for each back-end.</summary>
internal static class SurveyTable
{
    private static readonly string[] Heading =
    [
        "back-end",
        "program",
        "expire",
        "own",
        "closed form",
        "all",
        "p50",
        "p99",
        "CPU",
        "timer CPU",
    ];

    public static string Of(IEnumerable<BackendSurvey> surveys)
    {
        StringBuilder text = new();
        BackendSurvey[] all = [.. surveys];
        foreach (BackendSurvey survey in all)
        {
            Append(text, survey);
        }
        text.Append(
            """
            program, expire, own, all: VM-exits for each timer that fired; own is what its programming and its expiry cost, all has HLT, IPIs and
            the rest. closed form: what own should be; a range where the guest's halts and distances are not known beforehand,
            none where a VM has another timer than the back-end's.
            p50, p99: lateness, deadline to the guest's interrupt entry. CPU: seconds a second of all pCPUs, of the timer CPU alone.

            """
        );
        foreach (
            (string name, string caveat) in all.SelectMany(survey => survey.Backends)
                .Where(row => row.Result is not null)
                .Select(row => (row.Backend.Name, row.Backend.Caveat))
                .Where(each => each.Caveat is not null)
                .Distinct()
                .Select(each => (each.Name, each.Caveat!))
        )
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}'s figures are {caveat}.\n");
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, BackendSurvey survey)
    {
        Scenario scenario = survey.Scenario;
        text.Append(
            CultureInfo.InvariantCulture,
            $"{scenario.Name}: {Quantities.Span(scenario.Duration.Nanoseconds)} of virtual time, costs {scenario.Host.Costs.Name}, seed {scenario.Seed}\n\n"
        );
        string[][] lines =
        [
            Heading,
            .. survey.Backends.Where(row => row.Result is not null).Select(Cells),
        ];
        TextColumns columns = new(lines, [.. Enumerable.Range(1, Heading.Length - 1)]);
        foreach (string[] line in lines)
        {
            text.Append(columns.Line(line));
        }
        foreach (SurveyedBackend row in survey.Backends.Where(row => row.Refusal is not null))
        {
            text.Append(CultureInfo.InvariantCulture, $"{row.Backend.Name}: {row.Refusal}\n");
        }
        text.Append('\n');
    }

    private static string[] Cells(SurveyedBackend row) =>
        [
            row.Backend.Name,
            Number(row.ProgrammingExits),
            Number(row.ExpiryExits),
            Number(row.OwnExits),
            Form(row.LeastExits, row.MostExits),
            Number(row.AllExits),
            Quantities.Span(row.Median),
            Quantities.Span(row.Tail),
            Number(row.CpuShare),
            Number(row.TimerCpuShare),
        ];

    private static string Form(double? least, double? most)
    {
        string from = Number(least);
        string to = Number(most);
        return from == to ? from : $"{from} to {to}";
    }

    private static string Number(double? value) =>
        value?.ToString("0.000", CultureInfo.InvariantCulture) ?? Quantities.None;
}
