using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PvTimer.Experiments.Reports;

/// <summary>
/// One HTML page that needs nothing beside itself: style, charts and their library are in it, and it requests no
/// address. Text and tables are there without scripts; charts are drawn from the data in the page.
/// </summary>
public static class ReportPage
{
    /// <summary>Nothing is loaded from anywhere, nothing is sent; what the page holds may run.</summary>
    private const string Policy =
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string Of(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        StringBuilder page = new();
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Append(
                CultureInfo.InvariantCulture,
                $"<meta http-equiv=\"Content-Security-Policy\" content=\"{Policy}\">\n"
            )
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Append(CultureInfo.InvariantCulture, $"<title>{Text(report.Title)}</title>\n")
            .Append(CultureInfo.InvariantCulture, $"<style>\n{Resource("report.css")}</style>\n")
            .Append("</head>\n<body>\n<a class=\"skip\" href=\"#answer\">To the answer</a>\n");
        AppendHeader(page, report);
        page.Append("<main>\n");
        AppendAnswer(page, report);
        ImmutableArray<Chart> charts = [.. report.Sections.SelectMany(section => section.Charts)];
        int chart = 0;
        for (int index = 0; index < report.Sections.Length; index++)
        {
            chart = AppendSection(page, report.Sections[index], index, chart);
        }
        page.Append("</main>\n");
        if (!charts.IsEmpty)
        {
            // The serializer escapes <, > and &, so that no text of a scenario can end the element.
            page.Append("<script type=\"application/json\" id=\"charts\">")
                .Append(JsonSerializer.Serialize(charts, Json))
                .Append("</script>\n<script>\n")
                .Append(Resource("vendor.echarts.js"))
                .Append("\n</script>\n<script>\n")
                .Append(Resource("report.js"))
                .Append("</script>\n");
        }
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static void AppendHeader(StringBuilder page, Report report)
    {
        page.Append(
                CultureInfo.InvariantCulture,
                $"<header>\n<p class=\"product\">PvTimer.Actors {Text(BuildIdentity.Current.ToString())}</p>\n"
            )
            .Append(CultureInfo.InvariantCulture, $"<h1>{Text(report.Question)}</h1>\n")
            .Append("<nav aria-label=\"Sections\"><ul>\n");
        for (int index = 0; index < report.Sections.Length; index++)
        {
            page.Append(
                CultureInfo.InvariantCulture,
                $"<li><a href=\"#section-{index}\">{Text(report.Sections[index].Heading)}</a></li>\n"
            );
        }
        page.Append("</ul></nav>\n</header>\n");
    }

    private static void AppendAnswer(StringBuilder page, Report report)
    {
        page.Append("<section id=\"answer\" aria-label=\"Answer\">\n<ul class=\"answer\">\n");
        foreach (string line in report.Answer)
        {
            page.Append(CultureInfo.InvariantCulture, $"<li>{Text(line)}</li>\n");
        }
        page.Append("</ul>\n")
            .Append(
                CultureInfo.InvariantCulture,
                $"<p>Again: <code>{Text(report.Command)}</code></p>\n</section>\n"
            );
    }

    /// <returns>The number of the next section's first chart.</returns>
    private static int AppendSection(
        StringBuilder page,
        ReportSection section,
        int index,
        int chart
    )
    {
        page.Append(
            CultureInfo.InvariantCulture,
            $"<section id=\"section-{index}\">\n<h2>{Text(section.Heading)}</h2>\n"
        );
        foreach (string paragraph in section.Text)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>{Text(paragraph)}</p>\n");
        }
        foreach (Chart each in section.Charts)
        {
            page.Append("<figure>\n")
                .Append(
                    CultureInfo.InvariantCulture,
                    $"<figcaption>{Text(each.Title)}<span class=\"save\" data-chart=\"{chart}\"></span></figcaption>\n"
                )
                .Append(
                    CultureInfo.InvariantCulture,
                    $"<div class=\"chart\" data-chart=\"{chart}\" role=\"img\" aria-label=\"{Text(each.Summary)}\"></div>\n</figure>\n"
                );
            chart++;
        }
        foreach (ReportTable table in section.Tables)
        {
            AppendTable(page, table);
        }
        page.Append("</section>\n");
        return chart;
    }

    private static void AppendTable(StringBuilder page, ReportTable table)
    {
        page.Append(
                CultureInfo.InvariantCulture,
                $"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{Text(table.Caption)}\">\n"
            )
            .Append(
                CultureInfo.InvariantCulture,
                $"<table>\n<caption>{Text(table.Caption)}</caption>\n<thead><tr>"
            );
        foreach (string column in table.Columns)
        {
            page.Append(column.Length > 0 ? $"<th scope=\"col\">{Text(column)}</th>" : "<td></td>");
        }
        page.Append("</tr></thead>\n<tbody>\n");
        for (int number = 0; number < table.Rows.Length; number++)
        {
            ImmutableArray<string> row = table.Rows[number];
            page.Append(table.Failed.Contains(number) ? "<tr class=\"failed\">" : "<tr>")
                .Append(CultureInfo.InvariantCulture, $"<th scope=\"row\">{Text(row[0])}</th>");
            foreach (string cell in row.Skip(1))
            {
                page.Append(CultureInfo.InvariantCulture, $"<td>{Text(cell)}</td>");
            }
            page.Append("</tr>\n");
        }
        page.Append("</tbody>\n</table>\n</div>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Resource(string name)
    {
        Assembly assembly = typeof(ReportPage).Assembly;
        using Stream content = assembly.GetManifestResourceStream($"report.{name}")!;
        using StreamReader reader = new(content);
        return reader.ReadToEnd();
    }
}
