//! Exchanges as lines for a POSIX shell, which can be pasted and run anywhere: they create what the requests name, wait until
//! it can be used, pass on what one answer says to a later request, and delete what they created.

use std::collections::{BTreeMap, BTreeSet};

use ivs_client::{Exchange, Request, encode};
use ivs_generators::Placeholder;
use serde_json::Value;

use crate::curl::{self, SET_E};
use crate::mask::{Mask, percent_encoded};
use crate::printable::printable_body;
use crate::reference::{References, break_made_up};
use crate::resource_calls::{CallTemplate, ScriptContext, arns_of_request};
use crate::{Reproducer, RequestContext};

/// The marks around a variable, and those that open one that stands percent-encoded.
const OPEN: char = curl::MARKS[0];
const CLOSE: char = curl::MARKS[1];
const ENCODED: char = curl::MARKS[2];
const SIGNED: char = curl::MARKS[3];
const PERCENT: char = curl::MARKS[4];

/// The start of a line that shows headers, and of one whose answer is read.
const SHOWING: &str = "curl -sS -i ";
const READING: &str = "curl -sS ";

/// Keeps a text from being taken for an ARN.
const KEEP: char = '\u{e005}';

/// How often a resource is looked at, with a second between, until it can be used.
const LOOKS: u32 = 60;

/// The kind and the field of public key material.
const KEY: (&str, &str) = ("key", "pem");

/// One value that an answer holds and a later request says again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Capture {
    value: String,
    variable: String,
    /// Where jq finds it.
    path: String,
    kind: String,
}

/// The lines of one script.
struct Script<'c> {
    reproducer: &'c Reproducer,
    context: ScriptContext<'c>,
    /// The values that variables stand for.
    known: Vec<Capture>,
    counts: BTreeMap<String, u32>,
    lines: Vec<String>,
    /// Variables of what is to be deleted, in the order of creation, with the kind and the region of each.
    created: Vec<(String, String, String)>,
    /// The session token, if requests carry one. Its value is not printed.
    token: Option<Vec<u8>>,
}

impl Reproducer {
    /// The lines that send these exchanges again, one after the other. What they name is created before, if this run
    /// created it, and deleted after. One exchange that names nothing is one line.
    pub(crate) fn script<'c>(
        &'c self,
        exchanges: &[Exchange],
        request_context: &RequestContext<'_>,
        context: ScriptContext<'c>,
        references: &mut References,
    ) -> String {
        let token = exchanges.iter().find_map(|it| header(&it.request, "x-amz-security-token"));
        let mut script = Script {
            reproducer: self,
            context,
            known: Vec::new(),
            counts: BTreeMap::new(),
            lines: Vec::new(),
            created: Vec::new(),
            token,
        };
        script.prepare(exchanges, request_context);
        script.derive(exchanges);
        for (index, exchange) in exchanges.iter().enumerate() {
            script.add(exchange, &exchanges[index + 1..], request_context, references);
        }
        script.finish()
    }
}

impl<'c> Script<'c> {
    /// Creates what the exchanges name and none of them creates.
    fn prepare(&mut self, exchanges: &[Exchange], context: &RequestContext<'_>) {
        let mut from_answers: BTreeSet<String> = BTreeSet::new();
        for exchange in exchanges {
            for (arn, kind) in arns_of_request(exchange) {
                let is_known = self.known.iter().any(|capture| capture.value == arn) || from_answers.contains(&arn);
                let is_literal = context.input.is_some_and(|input| input.to_string().contains(&arn));
                let is_ours = self.context.resources.has_created(&arn);
                if is_known || is_literal || !is_ours || !self.reproducer.calls().contains_key(&kind) {
                    continue;
                }
                let region = arn.split(':').nth(3).unwrap_or_default().to_owned();
                let Some(variable) = self.create(&kind, &region, 0) else { continue };
                if exchanges.len() == 1 && self.context.resources.is_late(exchange) {
                    self.delete(&variable, &kind, &region);
                }
                self.known.push(Capture { value: arn, variable, path: String::new(), kind });
            }
            if let Ok(response) = &exchange.outcome
                && response.is_success()
            {
                from_answers
                    .extend(crate::reference::arns(&String::from_utf8_lossy(&response.body)).map(|(arn, _)| arn));
            }
        }
    }

    /// Makes the ARNs that differ from one that is known, but for the id of the resource, by what differs.
    fn derive(&mut self, exchanges: &[Exchange]) {
        for (arn, kind) in exchanges.iter().flat_map(arns_of_request) {
            let id = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
            let Some(other) = self.known.iter().find(|capture| id(&capture.value) == id(&arn)) else { continue };
            let variable = other.variable.clone();
            let parts = (1..).zip(arn.splitn(6, ':').zip(other.value.splitn(6, ':')));
            let changes: Vec<String> = parts
                .filter(|(_, (own, others))| own != others)
                .map(|(field, (own, _))| match own.split_once('/') {
                    Some((kind, _)) => format!("sub(/^[^\\/]*/, \"{kind}\", ${field})"),
                    None => format!("${field} = \"{own}\""),
                })
                .collect();
            if changes.is_empty() {
                continue;
            }
            let derived = self.variable(&format!("{}_ARN", upper(&kind)));
            let changes = changes.join("; ");
            self.lines.push(format!(
                "{derived}=$(printf '%s\\n' \"${variable}\" | awk -F: -v OFS=: '{{ {changes}; print }}')"
            ));
            self.known.push(Capture { value: arn, variable: derived, path: String::new(), kind });
        }
    }

    /// Creates one resource with what it needs, and returns its variable.
    fn create(&mut self, kind: &str, region: &str, depth: usize) -> Option<String> {
        let calls = self.reproducer.calls().get(kind)?.clone();
        // Kinds that need each other have no order.
        if depth > 4 {
            return None;
        }
        let mut values = BTreeMap::new();
        for placeholder in Placeholder::all_in(&calls.create.1) {
            let variable = if (&*placeholder.kind, &*placeholder.field) == KEY {
                let variable = self.variable("KEY");
                self.lines.push(format!(
                    "{variable}=$(openssl ecparam -name secp384r1 -genkey -noout | openssl ec -pubout 2>/dev/null | \
                     awk '{{printf \"%s\\\\n\", $0}}')"
                ));
                variable
            } else if placeholder.field == "arn" {
                self.create(&placeholder.kind, region, depth + 1)?
            } else {
                return None;
            };
            values.insert(placeholder, format!("{OPEN}{variable}{CLOSE}"));
        }
        let line = self.call(&calls.create, region, &|placeholder| values.get(placeholder).cloned())?;
        let operation = calls.create.0;
        self.lines.push(format!("ANSWER=$({line})"));
        let mut own = None;
        // What else the call creates is deleted, too, unless it goes by itself with what it refers to.
        let all = self.reproducer.calls().iter();
        let made = all.filter(|(_, made)| made.creators.contains(&operation) && made.depth <= calls.depth);
        let made: Vec<String> = made.map(|(kind, _)| kind.clone()).collect();
        for made in made {
            let variable = self.variable(&format!("{}_ARN", upper(&made)));
            let path = path_of_kind(&made);
            self.lines.push(format!("{variable}=$(printf %s \"$ANSWER\" | jq -r {path})"));
            self.created.push((variable.clone(), made.clone(), region.to_owned()));
            if made == kind {
                self.lines.push(format!(": \"${{{variable}:?{} answered $ANSWER}}\"", operation.name()));
                own = Some(variable);
            }
        }
        let variable = own?;
        self.wait(&variable, kind, region);
        Some(variable)
    }

    /// Waits until a resource is in no state that passes by itself.
    fn wait(&mut self, variable: &str, kind: &str, region: &str) {
        let line = self.line_that_waits(variable, kind, region);
        self.lines.extend(line);
    }

    fn line_that_waits(&self, variable: &str, kind: &str, region: &str) -> Option<String> {
        let calls = self.reproducer.calls().get(kind)?;
        let get = calls.get.as_ref().filter(|_| !calls.passing.is_empty())?;
        let passing = calls.passing.join("|");
        let line = self.call(get, region, &|_| Some(format!("{OPEN}{variable}{CLOSE}")))?;
        Some(format!(
            "for LOOK in $(seq {LOOKS}); do case $({line} | jq -r 'first(.. | .state? | strings)') in \
             {passing}) sleep 1;; *) break;; esac; done"
        ))
    }

    fn delete(&mut self, variable: &str, kind: &str, region: &str) {
        let line = self.line_that_deletes(variable, kind, region);
        self.lines.extend(line);
    }

    fn line_that_deletes(&self, variable: &str, kind: &str, region: &str) -> Option<String> {
        let delete = self.reproducer.calls().get(kind)?.delete.clone()?;
        self.call(&delete, region, &|_| Some(format!("{OPEN}{variable}{CLOSE}")))
            .map(|line| format!("{line} -o /dev/null"))
    }

    /// The line of a call that the script makes by itself, its answer read.
    fn call(
        &self,
        (operation, input): &CallTemplate,
        region: &str,
        fill: &dyn Fn(&Placeholder) -> Option<String>,
    ) -> Option<String> {
        let model = (self.context.models)(operation.service())?;
        let input = Placeholder::fill(input, &mut |placeholder| fill(placeholder))?;
        let mut request = encode(model, model.operation(operation.name())?, &input).ok()?;
        request.headers.push(curl::scope_header(region, &model.service.signing_name));
        if let Some(token) = &self.token {
            request.headers.push(("x-amz-security-token".to_owned(), token.clone()));
        }
        let encoded = |mark: char| percent_encoded(&mark.to_string());
        let (open, close) = (encoded(OPEN), encoded(CLOSE));
        let mut text = |text: &str| text.replace(&open, &ENCODED.to_string()).replace(&close, &CLOSE.to_string());
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let line = curl::line(&request, &self.reproducer.origin(operation.service()), true, Some(&body), &mut text);
        Some(opened(&line).replacen(SHOWING, READING, 1))
    }

    /// Adds an exchange of the run, and variables for what later ones say of its answer.
    fn add(
        &mut self,
        exchange: &Exchange,
        later: &[Exchange],
        context: &RequestContext<'_>,
        references: &mut References,
    ) {
        let reproducer = self.reproducer;
        let model = (self.context.models)(exchange.operation.service());
        let operation = model.and_then(|model| model.operation(exchange.operation.name()));
        let secrets = reproducer.secrets_of(exchange, context, model, operation);
        let seen = self.context.seen.iter().map(String::as_str);
        let mask = Mask::new(secrets.iter().map(String::as_str).chain(reproducer.secrets()).chain(seen));
        let known = &self.known;
        let mut text = |text: &str| {
            let kept = break_made_up(&marked(&mask.apply(text), known), KEEP);
            references.replace(&kept).replace(KEEP, "")
        };
        let body = printable_body(exchange, context, model, operation).map(|body| text(&body));
        let origin = reproducer.origin(exchange.operation.service());
        let line = curl::line(&exchange.request, &origin, context.signed, body.as_deref(), &mut text);
        let line = opened(&line);
        let captures = self.captures(exchange, later);
        match captures.as_slice() {
            [] => self.lines.push(line),
            [one] => {
                let line = line.replacen(SHOWING, READING, 1);
                self.lines.push(format!("{}=$({line} | jq -r {})", one.variable, one.path));
            }
            several => {
                let line = line.replacen(SHOWING, READING, 1);
                self.lines.push(format!("ANSWER=$({line})"));
                self.lines.extend(
                    several.iter().map(|capture| {
                        format!("{}=$(printf %s \"$ANSWER\" | jq -r {})", capture.variable, capture.path)
                    }),
                );
            }
        }
        let calls = self.reproducer.calls();
        let creates = |kind: &str| calls.get(kind).is_some_and(|calls| calls.creators.contains(&exchange.operation));
        for Capture { value, variable, kind, .. } in captures.iter().filter(|capture| creates(&capture.kind)) {
            let region = value.split(':').nth(3).unwrap_or_default().to_owned();
            self.wait(variable, kind, &region);
            self.created.push((variable.clone(), kind.clone(), region));
        }
        self.known.extend(captures);
    }

    /// The ARNs of an answer that later requests name, each once.
    fn captures(&mut self, exchange: &Exchange, later: &[Exchange]) -> Vec<Capture> {
        let answer = exchange.outcome.as_ref().ok().filter(|response| response.is_success());
        let Some(answer) = answer.and_then(|response| response.json().ok()) else { return Vec::new() };
        let mut arns = Vec::new();
        gather(&answer, String::new(), &mut arns);
        let mut found: Vec<Capture> = Vec::new();
        for (value, path) in arns {
            let is_known = self.known.iter().chain(&found).any(|capture| capture.value == value);
            if is_known || !later.iter().any(|exchange| says(exchange, &value)) {
                continue;
            }
            let kind = value.split(':').nth(5).and_then(|last| last.split('/').next()).unwrap_or("resource").to_owned();
            let variable = self.variable(&format!("{}_ARN", upper(&kind)));
            found.push(Capture { value, variable, path, kind });
        }
        found
    }

    /// A name that no other variable has.
    fn variable(&mut self, name: &str) -> String {
        let count = self.counts.entry(name.to_owned()).or_insert(0);
        *count += 1;
        if *count == 1 { name.to_owned() } else { format!("{name}_{count}") }
    }

    /// The script: variables, what deletes at its end however that comes, and the lines.
    fn finish(self) -> String {
        let lines = self.lines.join("\n");
        let test = if lines.contains("$E") { format!("{SET_E}\n") } else { String::new() };
        let mut created: Vec<_> = self.created.iter().rev().collect();
        created.sort_by_key(|(_, kind, _)| {
            std::cmp::Reverse(self.reproducer.calls().get(kind).map_or(0, |calls| calls.depth))
        });
        let deletes: Vec<String> = created
            .into_iter()
            .filter_map(|(variable, kind, region)| {
                let delete = self.line_that_deletes(variable, kind, region)?;
                // What it refers to is held until it is gone.
                let wait = self.line_that_waits(variable, kind, region).map(|line| format!("; {line}"));
                let wait = wait.unwrap_or_default();
                Some(format!("  [ -z \"${variable}\" ] || {{ {delete}{wait}; }}"))
            })
            .collect();
        if deletes.is_empty() {
            return if self.lines.len() == 1 { format!("{}{lines}", test.replace('\n', "; ")) } else { test + &lines };
        }
        let names: Vec<String> = self.created.iter().map(|(variable, ..)| format!("{variable}=")).collect();
        // A shell of its own, so that it ends, and deletes, when the last line is done.
        format!(
            "(\n{test}{}\nclean_up() {{\n{}\n}}\ntrap clean_up EXIT\ntrap 'exit 1' INT TERM\n{lines}\n)",
            names.join(" "),
            deletes.join("\n")
        )
    }
}

fn header(request: &Request, name: &str) -> Option<Vec<u8>> {
    request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

fn upper(kind: &str) -> String {
    kind.to_uppercase().replace('-', "_")
}

/// The way of jq to the first ARN of a kind.
fn path_of_kind(kind: &str) -> String {
    format!("'first(.. | strings | select(test(\"^arn:[^/]*:{kind}/\")))'")
}
/// The ARNs in the places that name what an answer is about, with the way jq takes there.
fn gather(value: &Value, path: String, found: &mut Vec<(String, String)>) {
    if let Value::Object(members) = value {
        for (name, member) in members {
            let is_plain = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
            if !is_plain {
                continue;
            }
            let path = format!("{path}.{name}");
            match member {
                Value::String(text) if text.starts_with("arn:aws:ivs") => found.push((text.clone(), path)),
                other => gather(other, path, found),
            }
        }
    }
}

/// Whether a request says the value, plain or percent-encoded.
fn says(exchange: &Exchange, value: &str) -> bool {
    let request = &exchange.request;
    let encoded = percent_encoded(value);
    String::from_utf8_lossy(&request.body).contains(value)
        || [&request.path, &request.query].into_iter().any(|text| text.contains(value) || text.contains(&encoded))
}

/// The text with the values of variables marked.
fn marked(text: &str, known: &[Capture]) -> String {
    known.iter().fold(text.to_owned(), |text, capture| {
        text.replace(&capture.value, &format!("{OPEN}{}{CLOSE}", capture.variable))
            .replace(&percent_encoded(&capture.value), &format!("{ENCODED}{}{CLOSE}", capture.variable))
    })
}

/// The line with every mark as what a shell expands. A mark stands within single quotes, since it is no plain character.
fn opened(line: &str) -> String {
    let mut opened = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find([OPEN, ENCODED, SIGNED]) {
        let (before, marked) = rest.split_at(start);
        opened.push_str(before);
        let inner = &marked[OPEN.len_utf8()..];
        let Some(end) = inner.find(CLOSE) else { break };
        let variable = &inner[..end];
        let encoded = format!("jq -rn --arg v \"${variable}\" '$v|@uri'");
        let expanded = if marked.starts_with(OPEN) {
            format!("'\"${variable}\"'")
        } else if marked.starts_with(ENCODED) {
            format!("'\"$({encoded})\"'")
        } else {
            format!("'\"$({encoded} | sed \"s/%/%$E/g\")\"'")
        };
        opened.push_str(&expanded);
        rest = &inner[end + CLOSE.len_utf8()..];
    }
    opened.push_str(rest);
    opened.replace(PERCENT, "'$E'")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ivs_client::{Request, Response};
    use ivs_model::{CaseId, OperationId};

    use super::*;
    use crate::resource_calls::KnownResources;

    const ARN: &str = "arn:aws:ivs:us-west-2:123456789012:channel/abc";

    fn exchange(method: &str, path: &str, body: &str, answer: &str) -> Exchange {
        Exchange {
            operation: OperationId::new("ivs", "X"),
            request: Request {
                method: method.to_owned(),
                path: path.to_owned(),
                query: String::new(),
                headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
                body: body.to_owned().into(),
            },
            outcome: Ok(Response { status: 200, headers: Vec::new(), body: answer.to_owned().into() }),
            duration: Duration::ZERO,
        }
    }

    fn script(exchanges: &[Exchange]) -> Vec<String> {
        let case = CaseId::control(OperationId::new("ivs", "X"));
        let context = RequestContext::unsigned(&case);
        let resources = KnownResources::default();
        let script_context = ScriptContext { models: &|_| None, resources: &resources, seen: &[] };
        let script = Reproducer::new(7).script(exchanges, &context, script_context, &mut References::new(None));
        script.lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_an_answer_names_goes_through_a_variable() {
        let lines = script(&[
            exchange("POST", "/CreateChannel", "{}", &format!("{{\"channel\":{{\"arn\":\"{ARN}\"}}}}")),
            exchange("POST", "/GetChannel", &format!("{{\"arn\":\"{ARN}\"}}"), "{}"),
        ]);
        assert_eq!(
            lines[0],
            "CHANNEL_ARN=$(curl -sS -g --path-as-is -X POST \"$AWS_ENDPOINT_URL\"/CreateChannel \
             -H 'content-type: application/json' --data-raw '{}' | jq -r .channel.arn)"
        );
        assert!(lines[1].ends_with("--data-raw '{\"arn\":\"'\"$CHANNEL_ARN\"'\"}'"), "{}", lines[1]);
        assert!(!lines[1].contains("arn:aws"), "{}", lines[1]);
    }

    #[test]
    fn a_label_takes_the_variable_percent_encoded() {
        let lines = script(&[
            exchange("POST", "/CreateChannel", "{}", &format!("{{\"channel\":{{\"arn\":\"{ARN}\"}}}}")),
            exchange("GET", &format!("/tags/{}", percent_encoded(ARN)), "", "{}"),
        ]);
        let wanted = "\"$AWS_ENDPOINT_URL\"'/tags/'\"$(jq -rn --arg v \"$CHANNEL_ARN\" '$v|@uri')\"''";
        assert!(lines[1].contains(wanted), "{}", lines[1]);
    }

    #[test]
    fn an_answer_that_names_several_is_kept_whole() {
        let key = "arn:aws:ivs:us-west-2:123456789012:stream-key/k";
        let answer = format!("{{\"channel\":{{\"arn\":\"{ARN}\"}},\"streamKey\":{{\"arn\":\"{key}\"}}}}");
        let lines = script(&[
            exchange("POST", "/CreateChannel", "{}", &answer),
            exchange("POST", "/DeleteStreamKey", &format!("{{\"arn\":\"{key}\"}}"), ""),
            exchange("POST", "/DeleteChannel", &format!("{{\"arn\":\"{ARN}\"}}"), ""),
        ]);
        assert!(lines[0].starts_with("ANSWER=$(curl -sS -g "), "{}", lines[0]);
        assert_eq!(lines[1], "CHANNEL_ARN=$(printf %s \"$ANSWER\" | jq -r .channel.arn)");
        assert_eq!(lines[2], "STREAM_KEY_ARN=$(printf %s \"$ANSWER\" | jq -r .streamKey.arn)");
        assert!(lines[4].contains("$CHANNEL_ARN") && !lines[4].contains("jq"), "{}", lines[4]);
    }
}
