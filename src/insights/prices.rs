//! What models cost: a table that people can edit (`assets/prices.json`), and the cost of a call by it.

use serde::Deserialize;
use std::sync::Arc;

/// A table of prices.
#[derive(Clone, Debug, Deserialize)]
pub struct Prices {
    /// The day it is of.
    pub date: String,
    /// The models.
    models: Arc<[Price]>,
}

/// What a model costs: US dollars for a million tokens.
#[derive(Clone, Debug, Deserialize)]
struct Price {
    model: String,
    input: f64,
    /// Input that the provider remembered; without it, as other input.
    cached_input: Option<f64>,
    /// Input that the provider is to remember; without it, as other input.
    cache_write: Option<f64>,
    output: f64,
    /// Output that was only thought; without it, as other output.
    reasoning: Option<f64>,
}

/// The tokens of a call, or of many.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tokens {
    /// All that went in.
    pub input: f64,
    /// Of these, remembered from before.
    pub cached: f64,
    /// Of these, to be remembered.
    pub cache_write: f64,
    /// All that came out.
    pub output: f64,
    /// Of these, only thought.
    pub reasoning: f64,
}

impl Tokens {
    /// Adds those of another call.
    pub fn add(&mut self, other: &Self) {
        self.input += other.input;
        self.cached += other.cached;
        self.cache_write += other.cache_write;
        self.output += other.output;
        self.reasoning += other.reasoning;
    }
}

impl Default for Prices {
    /// The table that comes with the program.
    fn default() -> Self {
        let known = Self::parse(include_str!("../../assets/prices.json"));
        known.expect("the table is a file of the program that a test reads")
    }
}

impl Prices {
    /// Reads a table.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        let prices: Self =
            serde_json::from_str(text).map_err(|error| format!("no table of prices: {error}"))?;
        let is_price = |price: Option<f64>| price.is_none_or(|price| price >= 0.0);
        let wrong = prices.models.iter().find(|price| {
            let optional = [price.cached_input, price.cache_write, price.reasoning];
            let all = [Some(price.input), Some(price.output)]
                .into_iter()
                .chain(optional);
            !all.into_iter().all(is_price)
        });
        match wrong {
            Some(price) => Err(format!("the price of {:?} is below zero", price.model)),
            None => Ok(prices),
        }
    }

    /// What tokens cost in US dollars: (input − cached − written) · input price + cached · cached price + written · write
    /// price + (output − reasoning) · output price + reasoning · reasoning price. `None` for a model that is not listed.
    ///
    /// A listed name stands for its versions, too: `gpt-4o-mini` for `openai/gpt-4o-mini-2026-01-01`.
    pub fn cost(&self, model: &str, tokens: &Tokens) -> Option<f64> {
        let price = self.price(model)?;
        let fresh = (tokens.input - tokens.cached - tokens.cache_write).max(0.0);
        let said = (tokens.output - tokens.reasoning).max(0.0);
        let millions = fresh * price.input
            + tokens.cached * price.cached_input.unwrap_or(price.input)
            + tokens.cache_write * price.cache_write.unwrap_or(price.input)
            + said * price.output
            + tokens.reasoning * price.reasoning.unwrap_or(price.output);
        Some(millions / 1e6)
    }

    fn price(&self, model: &str) -> Option<&Price> {
        let name = model.rsplit('/').next().unwrap_or(model);
        let fits = |price: &&Price| match name.strip_prefix(price.model.as_str()) {
            Some(rest) => rest.is_empty() || is_version(rest),
            None => false,
        };
        let fitting = self.models.iter().filter(fits);
        fitting.max_by_key(|price| price.model.len())
    }
}

/// Whether what follows a model's name tells only which version of it: a date, a long number, `v2`, `latest`. Other words
/// make another model with another price, and so does a short number right behind the name: `-7`, `.4`.
fn is_version(rest: &str) -> bool {
    let next = rest.strip_prefix(['-', '.']).unwrap_or_default();
    let number = next.split(['-', '@', ':', '.']).next().unwrap_or_default();
    let is_short_number =
        matches!(number.len(), 1 | 2) && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_short_number {
        return false;
    }
    let mut words = rest.split(['-', '@', ':', '.']);
    // The first is what stands in front of the first sign.
    words.next() == Some("")
        && words.all(|word| {
            let number = word.strip_prefix('v').unwrap_or(word);
            !word.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
                || matches!(word, "latest" | "preview" | "exp")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_that_comes_along_can_be_read() {
        assert!(Prices::default().models.len() > 20);
    }

    #[test]
    fn a_call_costs_what_its_tokens_cost() {
        let text = r#"{"date": "2026-01-01", "models": [
            {"model": "small", "input": 1, "cached_input": 0.5, "cache_write": 2, "output": 10, "reasoning": 20},
            {"model": "small-plain", "input": 3, "output": 4}
        ]}"#;
        let prices = Prices::parse(text).expect("a table");
        let tokens = Tokens {
            input: 1000.0,
            cached: 200.0,
            cache_write: 100.0,
            output: 50.0,
            reasoning: 10.0,
        };
        // 700 + 100 + 200 + 400 + 200, a millionth each
        assert_eq!(prices.cost("small", &tokens), Some(1600.0 / 1e6));
        // 3 · 1000 + 4 · 50
        assert_eq!(
            prices.cost("x/small-plain-2026-01-01", &tokens),
            Some(3200.0 / 1e6)
        );
        for model in ["small-v2", "small@20260101", "small-latest", "small:1"] {
            assert_eq!(prices.cost(model, &tokens), Some(1600.0 / 1e6), "{model}");
        }
        for model in [
            "smaller",
            "small-audio",
            "small-7",
            "small.4-mini",
            "tiny",
            "",
        ] {
            assert_eq!(prices.cost(model, &tokens), None, "{model}");
        }
    }

    #[test]
    fn a_wrong_table_says_why() {
        for (text, why) in [
            ("[]", "no table of prices"),
            (
                r#"{"date": "", "models": [{"model": "a", "input": -1, "output": 0}]}"#,
                "\"a\" is below zero",
            ),
        ] {
            let error = Prices::parse(text).expect_err(text);
            assert!(error.contains(why), "{error}");
        }
    }
}
