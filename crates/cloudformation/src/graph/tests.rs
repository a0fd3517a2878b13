use super::*;
use crate::document::Source;
use crate::scope::Place;

fn order(resources: &str) -> Result<String, String> {
    let text = format!("Conditions:\n  No: !Equals [a, b]\nResources:\n{resources}");
    let template = Template::parse(
        &Source::new("t.yaml", text),
        std::path::Path::new("nowhere"),
        &mut Vec::new(),
    )
    .unwrap();
    let place = Place {
        region: String::new(),
        account_id: String::new(),
        stack_name: String::new(),
        stack_id: String::new(),
    };
    let scope = Scope::new(&template, &place, &BTreeMap::new()).unwrap();
    match ordered(&template, &scope) {
        Ok(order) => Ok(order
            .iter()
            .map(|o| o.resource.logical_id.as_str())
            .collect()),
        Err(error) => Err(format!("{}: {error}", error.mark.line)),
    }
}

#[test]
fn dependencies_come_first() {
    for (resources, expected) in [
        ("  A: {Type: X}\n  B: {Type: X}\n", "AB"),
        (
            "  A: {Type: X, Properties: {P: !Ref B}}\n  B: {Type: X}\n",
            "BA",
        ),
        (
            "  A: {Type: X, DependsOn: [C, B]}\n  B: {Type: X}\n  C: {Type: X}\n",
            "BCA",
        ),
        (
            "  A: {Type: X, Properties: {P: [{Q: !Sub '${B.Arn}'}]}}\n  B: {Type: X}\n",
            "BA",
        ),
        (
            "  A: {Type: X, Properties: {P: !Sub ['${B}', {B: 1}]}}\n  B: {Type: X}\n",
            "AB",
        ),
        (
            "  A: {Type: X, Properties: {P: !If [No, !Ref B, 1]}}\n  B: {Type: X}\n",
            "AB",
        ),
        ("  A: {Type: X}\n  B: {Type: X, Condition: No}\n", "A"),
        (
            "  A: {Type: X, DependsOn: B}\n  B: {Type: X, Condition: No}\n",
            "A",
        ),
    ] {
        assert_eq!(order(resources), Ok(expected.to_owned()), "{resources}");
    }
}

#[test]
fn a_deployment_comes_after_its_api_s_parts() {
    let kind = |resource: &str| format!("AWS::ApiGatewayV2::{resource}");
    let (api, route, deployment) = (kind("Api"), kind("Route"), kind("Deployment"));
    let resources = format!(
        "  D: {{Type: '{deployment}', Properties: {{ApiId: !Ref A}}}}\n  \
         S: {{Type: Stage, Properties: {{ApiId: !Ref A, DeploymentId: !Ref D}}}}\n  \
         R: {{Type: '{route}', Properties: {{ApiId: !Ref A, Target: !Ref I}}}}\n  \
         I: {{Type: X}}\n  A: {{Type: '{api}'}}\n  B: {{Type: '{api}'}}\n  \
         O: {{Type: '{route}', Properties: {{ApiId: !Ref B}}}}\n  \
         L: {{Type: '{route}', Properties: {{ApiId: !Ref A, Url: !Ref S}}}}\n"
    );
    assert_eq!(order(&resources), Ok("AIRDSBOL".to_owned()));
}

#[test]
fn a_circle_is_told_by_its_path() {
    let resources = "  A: {Type: X, Properties: {P: !Ref B}}\n  B: {Type: X, DependsOn: C}\n  \
                     C: {Type: X, Properties: {P: !GetAtt B.Arn}}\n";
    let message = "5: these depend on each other in a circle: B -> C -> B";
    assert_eq!(order(resources), Err(message.to_owned()));
    let own = "  A: {Type: X, DependsOn: A}\n";
    assert_eq!(
        order(own),
        Err("4: these depend on each other in a circle: A -> A".to_owned())
    );
    let nowhere = "  A: {Type: X, DependsOn: Z}\n";
    assert_eq!(
        order(nowhere),
        Err("4: \"Z\" is neither a parameter nor a resource of this template".to_owned())
    );
}

#[test]
fn removal_goes_the_other_way() {
    let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    let recorded = BTreeMap::from([
        ("Function".to_owned(), names(&["Role", "Table"])),
        ("Permission".to_owned(), names(&["Function", "Gone"])),
        ("Role".to_owned(), names(&[])),
        ("Table".to_owned(), names(&[])),
    ]);
    let order = deletion_order(&recorded);
    assert_eq!(order, ["Permission", "Function", "Table", "Role"]);
}
