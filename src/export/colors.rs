//! The colours of pictures that are looked at outside the program, for light and dark grounds: those of its own themes, which
//! a test compares.

use super::drawing::Ink;
use crate::model::conventions::Category;

/// Colours as `0xRRGGBB`.
#[derive(Clone, Copy, Debug)]
pub struct Colors {
    ground: u32,
    stripe: u32,
    grid: u32,
    text: u32,
    muted: u32,
    error: u32,
    /// In the order in which [`Category`] declares them.
    work: [u32; 10],
}

/// On light ground.
pub const LIGHT: Colors = Colors {
    ground: 0xfdfdfe,
    stripe: 0xf3f4f6,
    grid: 0xebedf0,
    text: 0x1f242c,
    muted: 0x565e6a,
    error: 0xc22f2f,
    work: [
        0x2a6fbb, 0xc08a1e, 0x1c8f74, 0x4d5563, 0xa84f8b, 0x5aa5d6, 0x8a94a3, 0xb34a10, 0x5b35ab,
        0xa9b0ba,
    ],
};

/// On dark ground.
pub const DARK: Colors = Colors {
    ground: 0x1b1e23,
    stripe: 0x16181c,
    grid: 0x282c33,
    text: 0xe1e4e9,
    muted: 0xa3abb7,
    error: 0xf37b74,
    work: [
        0x4a90dc, 0xe2b048, 0x3db393, 0x828da1, 0xe08cc8, 0x8cc8ee, 0x6d7685, 0xdb7438, 0xb9a6fa,
        0x4f5764,
    ],
};

impl Colors {
    /// The colour of an ink.
    pub fn of(&self, ink: Ink) -> u32 {
        match ink {
            Ink::Ground => self.ground,
            Ink::Stripe => self.stripe,
            Ink::Grid => self.grid,
            Ink::Text => self.text,
            Ink::Muted => self.muted,
            Ink::Error => self.error,
            Ink::Work(category) => self.work[category as usize],
        }
    }
}

/// Every ink.
pub fn inks() -> impl Iterator<Item = Ink> {
    let plain = [
        Ink::Ground,
        Ink::Stripe,
        Ink::Grid,
        Ink::Text,
        Ink::Muted,
        Ink::Error,
    ];
    plain.into_iter().chain(Category::ALL.map(Ink::Work))
}

/// Name of an ink's class in style sheets.
pub fn class(ink: Ink) -> String {
    match ink {
        Ink::Ground => "g".to_owned(),
        Ink::Stripe => "s".to_owned(),
        Ink::Grid => "l".to_owned(),
        Ink::Text => "t".to_owned(),
        Ink::Muted => "m".to_owned(),
        Ink::Error => "e".to_owned(),
        Ink::Work(category) => format!("w{}", category as usize),
    }
}

/// Rules of a style sheet that give each class its colour in the theme of whoever looks; `property` is `fill`, or a variable
/// with the class in place of `%`.
pub fn style(rule: impl Fn(&str, &str) -> String) -> String {
    let rules = |colors: &Colors| {
        inks()
            .map(|ink| rule(&class(ink), &format!("#{:06x}", colors.of(ink))))
            .collect::<String>()
    };
    format!(
        "{}@media (prefers-color-scheme:dark){{{}}}",
        rules(&LIGHT),
        rules(&DARK)
    )
}

/// A text that is safe within HTML, SVG and their attributes. Control characters, which XML forbids, are shown as such.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            // What turns the direction of a text could make it say something else.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {
                out.push('\u{FFFD}')
            }
            c if c.is_control() => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes() {
        assert_eq!(
            escaped("</script><img src=x onerror='a()'>&\"\u{0}\u{202e}"),
            "&lt;/script&gt;&lt;img src=x onerror=&#39;a()&#39;&gt;&amp;&quot;\u{FFFD}\u{FFFD}"
        );
    }
}
