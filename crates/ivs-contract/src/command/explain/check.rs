//! The explanation of a check.

use ivs_judge::{CheckInfo, CheckText};
use ivs_model::{Authority, bundled, cited_facts};

use super::page::Page;

pub(super) fn text(info: &CheckInfo, text: &CheckText) -> String {
    let mut page = Page::default();
    page.heading(&format!("Check {}", info.check));
    page.paragraph(&text.demand);
    page.heading("Authority");
    page.paragraph(meaning(info.authority));
    page.heading("Source");
    page.paragraph(info.source);
    for id in cited_facts(info.source) {
        if let Some(fact) = bundled::fact(id) {
            let first = fact.statement.split("\n\n").next().unwrap_or_default();
            page.term(id, first);
            page.term("", &super::fact::sources(fact));
        }
    }
    page.heading("Right");
    page.verbatim(&text.right);
    page.heading("Wrong");
    page.verbatim(&text.wrong);
    page.heading("Usual causes");
    for cause in &text.causes {
        page.item(cause);
    }
    page.heading("Accept");
    accept(&mut page, &format!("{}:*", info.check));
    let faults: Vec<&str> =
        ivs_emulator::FAULTS.iter().filter(|fault| fault.check == info.check).map(|fault| fault.name).collect();
    if let Some(fault) = faults.first() {
        page.heading("Try it");
        page.paragraph(&format!("The emulator shows it with `ivs-contract serve --fault {fault}`."));
    }
    page.text()
}

/// Adds the lines of a baseline that accept findings.
pub(super) fn accept(page: &mut Page, glob: &str) {
    page.paragraph(
        "`check --baseline FILE --update-baseline` writes an entry for each finding. One entry for all of them:",
    );
    page.verbatim(&format!(
        "\n[[accept]]\nglob = \"{glob}\"\nreason = \"why this is accepted\"\nexpires = 2027-03-31  # optional"
    ));
}

pub(super) fn meaning(authority: Authority) -> &'static str {
    match authority {
        Authority::Model => "model: the service model of AWS states it. Findings are errors.",
        Authority::Protocol => "protocol: restJson1, HTTP or SigV4 demands it. Findings are errors.",
        Authority::Documented => "documented: the documentation of AWS states it. Findings are errors.",
        Authority::Observed => "observed: a third party recorded it on AWS. Findings are errors.",
        Authority::Inferred => "inferred: our reading of the sources. Findings are warnings.",
    }
}

#[cfg(test)]
mod tests {
    use ivs_judge::authority_name;

    use super::*;

    #[test]
    fn the_meaning_begins_with_the_word_of_reports() {
        let all =
            [Authority::Model, Authority::Protocol, Authority::Documented, Authority::Observed, Authority::Inferred];
        for authority in all {
            assert!(meaning(authority).starts_with(authority_name(authority)));
        }
    }
}
