//! Points on the curve P-384 (SEC 2, secp384r1): the square root that completes a coordinate.
//!
//! A public key to import needs no private half, so no point is multiplied here and nothing is secret.

/// The number of 32-bit words of a field element.
const WORDS: usize = 12;

/// An element of the field of the prime 2^384 - 2^128 - 2^96 + 2^32 - 1, least word first, below the prime.
type Element = [u32; WORDS];

/// The prime.
const PRIME: Element = [!0, 0, 0, !0, !1, !0, !0, !0, !0, !0, !0, !0];

/// The coefficient b of the curve y² = x³ - 3x + b.
const B: Element = [
    0xd3ec_2aef,
    0x2a85_c8ed,
    0x8a2e_d19d,
    0xc656_398d,
    0x5013_875a,
    0x0314_088f,
    0xfe81_4112,
    0x181d_9c6e,
    0xe3f8_2d19,
    0x988e_056b,
    0xe23e_e7e4,
    0xb331_2fa7,
];

/// Returns x and y of a point with this x, both big-endian; `None` if the curve has no such point.
pub(crate) fn point(x: &[u8; 4 * WORDS]) -> Option<[u8; 8 * WORDS]> {
    let x =
        reduced(x.rchunks(4).map(|word| i64::from(u32::from_be_bytes(word.try_into().unwrap_or_default()))).collect());
    let minus_three_x = x.iter().map(|&word| -3 * i64::from(word));
    let cube = times(&times(&x, &x), &x);
    let right =
        cube.iter().zip(&B).zip(minus_three_x).map(|((&cube, &b), linear)| i64::from(cube) + i64::from(b) + linear);
    let right = reduced(right.collect());
    // The prime is 3 modulo 4, so the power (prime + 1) / 4 is a root if there is one.
    let y = quarter_power(&right);
    if times(&y, &y) != right {
        return None;
    }
    let mut point = [0; 8 * WORDS];
    let words = x.iter().rev().chain(y.iter().rev());
    for (bytes, word) in point.chunks_mut(4).zip(words) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    Some(point)
}

/// Returns the power (prime + 1) / 4, which is 2^382 - 2^126 - 2^94 + 2^30.
fn quarter_power(base: &Element) -> Element {
    let is_set = |bit: usize| {
        // (prime + 1) / 4 has the bits of prime + 1, moved by two.
        let (word, place) = ((bit + 2) / 32, (bit + 2) % 32);
        let plus_one: Element = [0, 1, 0, !0, !1, !0, !0, !0, !0, !0, !0, !0];
        plus_one[word] >> place & 1 == 1
    };
    let mut power = *base;
    for bit in (0..381).rev() {
        power = times(&power, &power);
        if is_set(bit) {
            power = times(&power, base);
        }
    }
    power
}

fn times(left: &Element, right: &Element) -> Element {
    let mut product = vec![0_i64; 2 * WORDS + 1];
    for (at, &left) in left.iter().enumerate() {
        for (offset, &right) in right.iter().enumerate() {
            let part = u64::from(left) * u64::from(right);
            product[at + offset] += (part & 0xffff_ffff) as i64;
            product[at + offset + 1] += (part >> 32) as i64;
        }
    }
    reduced(product)
}

/// Reduces a number in words that may be negative or above 32 bits.
fn reduced(mut words: Vec<i64>) -> Element {
    loop {
        words.resize(words.len().max(WORDS) + 2, 0);
        // Carries; the last word keeps the sign.
        for at in 0..words.len() - 1 {
            let carry = words[at] >> 32;
            words[at] &= 0xffff_ffff;
            words[at + 1] += carry;
        }
        let high = words.split_off(WORDS);
        if high.iter().all(|&word| word == 0) {
            break;
        }
        // 2^384 is 2^128 + 2^96 - 2^32 + 1 modulo the prime.
        words.resize(WORDS.max(high.len() + 5), 0);
        for (at, word) in high.into_iter().enumerate() {
            words[at] += word;
            words[at + 1] -= word;
            words[at + 3] += word;
            words[at + 4] += word;
        }
    }
    let mut element = [0; WORDS];
    for (to, from) in element.iter_mut().zip(&words) {
        *to = *from as u32;
    }
    if element.iter().rev().ge(PRIME.iter().rev()) {
        let less: Vec<i64> = element.iter().zip(&PRIME).map(|(&a, &b)| i64::from(a) - i64::from(b)).collect();
        return reduced(less);
    }
    element
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn the_other_coordinate_of_keys_made_by_openssl_is_found() {
        for pem in ivs_model::bundled::keys().p384 {
            let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
            let der = STANDARD.decode(text).unwrap();
            let (x, y) = der[der.len() - 96..].split_at(48);
            let found = point(x.try_into().unwrap()).expect("a key is a point");
            assert_eq!(&found[..48], x);
            // The curve has the point and its mirror image, whose second coordinates add up to the prime.
            let words = |bytes: &[u8]| -> Vec<i64> {
                bytes.rchunks(4).map(|word| i64::from(u32::from_be_bytes(word.try_into().unwrap()))).collect()
            };
            let sum = words(&found[48..]).into_iter().zip(words(y)).map(|(a, b)| a + b).collect();
            assert!(&found[48..] == y || reduced(sum) == [0; WORDS]);
        }
    }

    #[test]
    fn about_half_of_all_coordinates_have_a_point() {
        let found = (0..100_u8).filter(|&number| point(&[number; 48]).is_some()).count();
        assert!((30..70).contains(&found), "{found}");
    }
}
